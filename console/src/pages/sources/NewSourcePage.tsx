import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { createSource, type NewSource } from "~/api/actions";
import { problemFrom } from "~/api/problem";
import { sourceCatalogQuery, sourceQuery, sourcesQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { ChoiceCards } from "~/components/ChoiceCards";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence } from "~/components/Sentence";
import { slugOf } from "~/lib/format";
import { SourceIcon } from "./source-icon";

const route = getRouteApi("/signed-in/sources/new");

/** Two decisions: what sends the events, and what it is called. */
export default function NewSourcePage() {
  const { kind } = route.useSearch();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const catalog = useQuery(sourceCatalogQuery);
  const taken = new Set(useQuery(sourcesQuery).data?.map((source) => source.slug));
  const [slugTouched, setSlugTouched] = useState(false);
  const form = useForm({
    initialValues: { name: "", slug: "", archive: true },
    validate: {
      name: (name) => (name.trim() === "" ? "Give the source a name, such as “Shop website”." : null),
      slug: (slug) =>
        !/^[a-z0-9_-]+$/.test(slug)
          ? "Use lower-case letters, digits, hyphens and underscores."
          : taken.has(slug)
            ? "Another source has this slug already. Choose a different one."
            : null,
    },
  });
  const chosen = catalog.data?.find((entry) => entry.id === kind);
  const request = (): NewSource => ({
    slug: form.values.slug,
    name: form.values.name.trim(),
    enabled: true,
    metadataId: kind ?? "javascript",
    disconnectArchive: !form.values.archive,
  });
  const mutation = useMutation({
    mutationFn: () => createSource(request()),
    onSuccess: async (source) => {
      queryClient.setQueryData(sourceQuery(source.id).queryKey, source);
      void queryClient.invalidateQueries({ queryKey: sourcesQuery.queryKey, exact: true });
      void queryClient.invalidateQueries({ queryKey: ["destinations"] });
      await navigate({ to: "/sources/$sourceId", params: { sourceId: source.id } });
    },
    onError: (error) => {
      const problem = problemFrom(error);
      if (problem.field === "slug" || problem.field === "name") form.setFieldError(problem.field, problem.message);
    },
  });

  function rename(name: string) {
    form.setFieldValue("name", name);
    if (!slugTouched) form.setFieldValue("slug", slugOf(name));
  }

  return (
    <Page title="Add a source" parent={{ label: "Sources", to: "/sources" }} width="narrow" description="You get a write key and a snippet to paste.">
      <Panel title="What sends the events" description="It decides which snippet comes first. Every write key accepts every library.">
        <QueryView query={catalog}>
          {(entries) => (
            <ChoiceCards
              label="Kind of source"
              value={kind}
              onChange={(id) => navigate({ to: "/sources/new", search: { kind: id }, replace: true, resetScroll: false })}
              choices={entries.map((entry) => ({ value: entry.id, name: entry.name, icon: <SourceIcon metadataId={entry.id} /> }))}
            />
          )}
        </QueryView>
      </Panel>
      {kind && (
        <Panel title="What it is called">
          <form onSubmit={form.onSubmit(() => mutation.mutate())}>
            <Stack gap="md">
              <TextInput
                label="Name"
                placeholder={chosen ? `${chosen.name} of the shop` : undefined}
                {...form.getInputProps("name")}
                onChange={(event) => rename(event.currentTarget.value)}
                autoFocus
              />
              <TextInput
                label="Slug"
                description="Names the source in the API, in files and in warehouses. Choose it to last."
                {...form.getInputProps("slug")}
                onChange={(event) => {
                  setSlugTouched(true);
                  form.setFieldValue("slug", event.currentTarget.value);
                }}
                styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              />
              <Checkbox
                label="Archive its events as files"
                description="Every processed event is also kept on disk as compressed JSON, ordered by day. It can be changed later under Destinations."
                {...form.getInputProps("archive", { type: "checkbox" })}
              />
              {mutation.isError && Object.keys(form.errors).length === 0 && <ProblemSentence error={mutation.error} />}
              <Group justify="space-between">
                <ByHand
                  call={{
                    method: "POST",
                    path: "/sources",
                    body: request(),
                    // The command line always archives.
                    command: form.values.archive ? ["source", "create", form.values.slug, "--name", form.values.name.trim(), "--type", kind] : undefined,
                  }}
                />
                <Button type="submit" loading={mutation.isPending}>
                  Create source
                </Button>
              </Group>
            </Stack>
          </form>
        </Panel>
      )}
    </Page>
  );
}
