import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { IconBroadcast } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { createDestination } from "~/api/actions";
import type { DestinationMetadata, Source } from "~/api/model";
import { destinationCatalogQuery, destinationQuery, destinationsQuery, sourcesQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { ChoiceCards } from "~/components/ChoiceCards";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence } from "~/components/Sentence";
import { DestinationIcon } from "./destination-icon";
import { createCommand } from "./create-command";
import { fieldErrors } from "./field-errors";
import { SettingsFields } from "./SettingsFields";
import { initialValues, missingSettings, settingsOf } from "./settings-form";

const route = getRouteApi("/signed-in/destinations/new");

/** Chooses from the catalog, then connects it to a source. */
export default function NewDestinationPage() {
  const { kind, source } = route.useSearch();
  const navigate = useNavigate({ from: "/destinations/new" });
  const catalog = useQuery(destinationCatalogQuery);
  const sources = useQuery(sourcesQuery);
  const entry = catalog.data?.find((each) => each.id === kind);
  return (
    <Page
      title="Add a destination"
      parent={{ label: "Destinations", to: "/destinations" }}
      width="narrow"
      description="It receives the events of one source from the moment it is created. An archive also takes those already stored."
    >
      <Panel title="Where events go">
        <QueryView query={catalog}>
          {(entries) => (
            <ChoiceCards
              label="Kind of destination"
              value={kind}
              onChange={(id) => navigate({ search: (search) => ({ ...search, kind: id }), replace: true, resetScroll: false })}
              choices={entries.map((each) => ({
                value: each.id,
                name: each.name,
                text: each.description,
                icon: <DestinationIcon metadataId={each.id} />,
              }))}
            />
          )}
        </QueryView>
      </Panel>
      {entry && (
        <Panel title={`Connect ${entry.name}`}>
          <QueryView query={sources}>
            {(list) =>
              list.length === 0 ? (
                <EmptyState
                  icon={IconBroadcast}
                  title="A destination needs a source"
                  action={
                    <LinkButton to="/sources/new">
                      Add a source
                    </LinkButton>
                  }
                >
                  It receives the events of one source, and there is none yet.
                </EmptyState>
              ) : (
                <ConnectForm key={entry.id} entry={entry} sources={list} initialSource={source ?? list[0]?.id} />
              )
            }
          </QueryView>
        </Panel>
      )}
    </Page>
  );
}

function ConnectForm({ entry, sources, initialSource }: { entry: DestinationMetadata; sources: Source[]; initialSource: string | undefined }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(entry.name);
  const [sourceId, setSourceId] = useState(initialSource ?? "");
  const [values, setValues] = useState(() => initialValues(entry.options));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const request = () => ({ sourceId, metadataId: entry.id, name: name.trim(), enabled: true, settings: settingsOf(entry, values) });
  const mutation = useMutation({
    mutationFn: () => createDestination(request()),
    onSuccess: async (destination) => {
      queryClient.setQueryData(destinationQuery(destination.id).queryKey, destination);
      void queryClient.invalidateQueries({ queryKey: destinationsQuery.queryKey, exact: true });
      await navigate({ to: "/destinations/$destinationId", params: { destinationId: destination.id } });
    },
    onError: (error) => setErrors(fieldErrors(error)),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const missing = missingSettings(entry, values);
    setErrors(Object.fromEntries(missing.map((option) => [option, "This is needed to connect."])));
    if (missing.length === 0) mutation.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Select
          label="Source"
          description="Whose events it receives."
          allowDeselect={false}
          data={sources.map((each) => ({ value: each.id, label: each.name }))}
          value={sourceId}
          onChange={(id) => id && setSourceId(id)}
        />
        <TextInput label="Name" description="Tells it apart from others of its kind." value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <SettingsFields entry={entry} values={values} errors={errors} onChange={(option, value) => setValues((known) => ({ ...known, [option]: value }))} />
        {mutation.isError && Object.keys(errors).length === 0 && <ProblemSentence error={mutation.error} />}
        <Group justify="space-between">
          <ByHand call={{ method: "POST", path: "/destinations", body: request(), command: createCommand(request()) }} />
          <Button type="submit" loading={mutation.isPending}>
            Connect
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
