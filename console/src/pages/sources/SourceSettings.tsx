import { Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { deleteSource, updateSource } from "~/api/actions";
import type { Source } from "~/api/model";
import { problemFrom } from "~/api/problem";
import { sourceQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { ConfirmDanger, DangerRow, DangerZone } from "~/components/DangerZone";
import { notifyDone, notifyProblem, notifyUndoable } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";

export function SourceSettings({ source }: { source: Source }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const keep = (updated: Source) => {
    queryClient.setQueryData(sourceQuery(source.id).queryKey, updated);
    void queryClient.invalidateQueries({ queryKey: ["sources"], exact: true });
  };
  const form = useForm({
    initialValues: { name: source.name, slug: source.slug, oauthRequired: source.settings.oauthRequired === true },
    validate: {
      name: (name) => (name.trim() === "" ? "Give the source a name." : null),
      slug: (slug) => (/^[a-z0-9_-]+$/.test(slug) ? null : "Use lower-case letters, digits, hyphens and underscores."),
    },
  });
  const change = () => ({
    name: form.values.name.trim(),
    slug: form.values.slug,
    settings: { ...source.settings, oauthRequired: form.values.oauthRequired },
  });
  const save = useMutation({
    mutationFn: () => updateSource(source.id, change()),
    onSuccess: (updated) => {
      keep(updated);
      form.resetDirty();
      notifyDone("Saved.");
    },
    onError: (error) => {
      const problem = problemFrom(error);
      if (problem.field && problem.field in form.values) form.setFieldError(problem.field, problem.message);
    },
  });
  const setEnabled = useMutation({
    mutationFn: (enabled: boolean) => updateSource(source.id, { enabled }),
    onSuccess: (updated, enabled) => {
      keep(updated);
      if (!enabled) notifyUndoable("The source is disabled: what is sent to it is dropped.", async () => keep(await updateSource(source.id, { enabled: true })));
    },
    onError: notifyProblem,
  });

  return (
    <Stack gap="lg">
      <Panel title="General">
        <form onSubmit={form.onSubmit(() => save.mutate())}>
          <Stack gap="md" maw={560}>
            <TextInput label="Name" {...form.getInputProps("name")} />
            <TextInput
              label="Slug"
              description="Names the source in the API, in files and in warehouses. Changing it does not rename what is already written."
              {...form.getInputProps("slug")}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            />
            <Switch
              label="Require OAuth"
              description="Refuses senders that have the write key but no access token of one of the workspace's OAuth apps. Browsers cannot keep such a token; use it for servers."
              {...form.getInputProps("oauthRequired", { type: "checkbox" })}
            />
            {save.isError && Object.keys(form.errors).length === 0 && <ProblemSentence error={save.error} />}
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                Save
              </Button>
              <ByHand call={{ method: "PATCH", path: `/sources/${source.id}`, body: change() }} />
            </Group>
          </Stack>
        </form>
      </Panel>
      <DangerZone>
        <DangerRow
          title={source.enabled ? "Disable this source" : "Enable this source"}
          text={
            source.enabled
              ? "Events sent to it are dropped until it is enabled again; senders are still answered with success. Its keys and destinations stay."
              : "Takes events again, with the same keys and destinations."
          }
          action={
            <Button variant="default" loading={setEnabled.isPending} onClick={() => setEnabled.mutate(!source.enabled)}>
              {source.enabled ? "Disable source" : "Enable source"}
            </Button>
          }
        />
        <DangerRow
          title="Delete this source"
          text="Its write keys stop working and its destinations are deleted with it. Events already archived stay where they are."
          action={
            <ConfirmDanger
              action="Delete source"
              name={source.name}
              consequence={`What is sent with a write key of ${source.name} is dropped from now on, and its destinations receive nothing more. This cannot be undone.`}
              run={() => deleteSource(source.id)}
              onDone={async () => {
                await navigate({ to: "/sources" });
                queryClient.removeQueries({ queryKey: sourceQuery(source.id).queryKey });
                await queryClient.invalidateQueries({ queryKey: ["sources"] });
                await queryClient.invalidateQueries({ queryKey: ["destinations"] });
              }}
              hand={{ method: "DELETE", path: `/sources/${source.id}`, command: ["source", "delete", source.id] }}
            />
          }
        />
      </DangerZone>
    </Stack>
  );
}
