import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { renameWorkspace } from "~/api/actions";
import { sessionQuery } from "~/api/queries";
import { useSession } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { CopyText } from "~/components/CopyText";
import { notifyDone } from "~/components/notify";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";
import classes from "./facts.module.css";

export default function WorkspacePage() {
  const queryClient = useQueryClient();
  const { workspace } = useSession();
  const [name, setName] = useState(workspace.name);
  const mutation = useMutation({
    mutationFn: () => renameWorkspace(name.trim()),
    onSuccess: (renamed) => {
      queryClient.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, workspace: { ...session.workspace, ...renamed } });
      notifyDone("Saved.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Page title="Workspace" description="What this installation is called, and the ids that the API knows it by.">
      <Panel>
        <form onSubmit={submit}>
          <Stack gap="md" maw={480}>
            <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group>
              <Button type="submit" loading={mutation.isPending} disabled={name.trim() === "" || name.trim() === workspace.name}>
                Save
              </Button>
              <ByHand call={{ method: "PATCH", path: "/workspace", body: { name: name.trim() } }} />
            </Group>
          </Stack>
        </form>
      </Panel>
      <Panel title="For the API">
        <dl className={classes.facts}>
          <dt>Workspace id</dt>
          <dd>
            <CopyText value={workspace.id} what="workspace id" />
          </dd>
          <dt>Slug</dt>
          <dd>
            <CopyText value={workspace.slug} what="slug" />
          </dd>
          <dt>Address</dt>
          <dd>
            <CopyText value={`${window.location.origin}/api/v1`} what="API address" />
          </dd>
        </dl>
      </Panel>
      <Text size="sm" c="dimmed">
        PrimeData is free software. The console includes other free software, under <a href="/licenses.txt">these licences</a>.
      </Text>
    </Page>
  );
}
