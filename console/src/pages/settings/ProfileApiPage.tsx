import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconId, IconPlus, IconSignature } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createPersonSecret, createProfileToken, deletePersonSecret, deleteProfileToken, personSecretsQuery, profileTokensQuery } from "~/api/identity";
import type { PersonTokenSecret, ProfileToken } from "~/api/model";
import { useIsOwner, useSession } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { CodeBlock } from "~/components/CodeBlock";
import { CopyText } from "~/components/CopyText";
import { ConfirmDanger } from "~/components/DangerZone";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { notifyProblem } from "~/components/notify";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { OwnersOnly } from "./OwnersOnly";
import { RemoveButton } from "./RemoveButton";
import { ShownOnce } from "./ShownOnce";

/** Who may read profiles from outside: servers with a token, pages with one that is signed for one person. */
export default function ProfileApiPage() {
  const owner = useIsOwner();
  return (
    <Page
      title="Profile API"
      description="Reads one person or account while a page loads: traits, identifiers, events, links. It speaks the form of Segment's Profile API."
      actions={owner && <CreateToken />}
    >
      <OwnersOnly what="manage access to the Profile API">
        <Tokens />
        <Secrets />
        <HowToRead />
      </OwnersOnly>
    </Page>
  );
}

const TOKEN_COLUMNS: DataColumn<ProfileToken>[] = [
  { id: "name", header: "Name", value: (row) => row.name, cell: (row) => <Text size="sm" fw={550}>{row.name}</Text> },
  { id: "lastUsed", header: "Last used", value: (row) => row.lastUsedAt, cell: (row) => <TimeAgo time={row.lastUsedAt} /> },
  { id: "createdAt", header: "Created", value: (row) => row.createdAt, cell: (row) => <TimeAgo time={row.createdAt} /> },
];

function Tokens() {
  const queryClient = useQueryClient();
  const tokens = useQuery(profileTokensQuery);
  return (
    <Panel flush title="Tokens" description="For servers: one token reads everybody. It never belongs on a page.">
      <QueryView query={tokens}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={IconId} title="No token for profiles yet">
              Create one for each program that reads profiles, so that you can take back one without breaking the others.
            </EmptyState>
          ) : (
            <DataTable
              label="Tokens of the Profile API"
              rows={rows}
              columns={TOKEN_COLUMNS}
              rowKey={(row) => row.id}
              rowActions={(row) => (
                <ConfirmDanger
                  action="Delete token"
                  name={row.name}
                  consequence="Programs that use this token are refused from now on. This cannot be undone."
                  run={() => deleteProfileToken(row.id)}
                  onDone={() => queryClient.invalidateQueries({ queryKey: profileTokensQuery.queryKey })}
                  hand={{ method: "DELETE", path: `/profile-tokens/${row.id}`, command: ["profile-token", "delete", row.id] }}
                  trigger={(open) => <RemoveButton label={`Delete ${row.name}`} onClick={open} />}
                />
              )}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

function CreateToken() {
  const queryClient = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const mutation = useMutation({
    mutationFn: () => createProfileToken(name.trim()),
    onSuccess: async ({ token }) => {
      setOpened(false);
      setName("");
      setSecret(token);
      await queryClient.invalidateQueries({ queryKey: profileTokensQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setOpened(true)}>
        Create token
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>Create a token that reads profiles</Text>}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput label="Name" description="The program that will use it." required withAsterisk={false} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group justify="space-between">
              <ByHand call={{ method: "POST", path: "/profile-tokens", body: { name: name.trim() }, command: ["profile-token", "create", name.trim()] }} />
              <Button type="submit" loading={mutation.isPending}>
                Create token
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
      <ShownOnce
        title="Profile API token"
        secret={secret}
        remedy="Put it where the program keeps its secrets. It is the user name of HTTP Basic, with an empty password. If it is lost, delete it and create another."
        onClose={() => setSecret(null)}
      />
    </>
  );
}

const SECRET_COLUMNS: DataColumn<PersonTokenSecret>[] = [
  { id: "id", header: "Secret", value: (row) => row.id, cell: (row) => <CopyText value={row.id} what="secret id" keep={16} /> },
  {
    id: "state",
    header: "State",
    value: (row) => (row.isCurrent ? "current" : "earlier"),
    cell: (row) => (row.isCurrent ? <StatusDot tone="good">Current</StatusDot> : <StatusDot tone="off">Still verifies</StatusDot>),
  },
  { id: "createdAt", header: "Created", value: (row) => row.createdAt, cell: (row) => <TimeAgo time={row.createdAt} /> },
];

function Secrets() {
  const queryClient = useQueryClient();
  const secrets = useQuery(personSecretsQuery);
  const [secret, setSecret] = useState<string | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: personSecretsQuery.queryKey });
  const mutation = useMutation({
    mutationFn: createPersonSecret,
    onSuccess: async (made) => {
      setSecret(made.secret);
      await refresh();
    },
    onError: notifyProblem,
  });
  return (
    <Panel
      flush
      title="Secrets for pages"
      description="Your server signs a token for one person with the current one; a page may then read that person and nobody else."
      actions={
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} loading={mutation.isPending} onClick={() => mutation.mutate()}>
          Create secret
        </Button>
      }
    >
      <QueryView query={secrets}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={IconSignature} title="No secret yet">
              With one, a page reads the profile of who looks at it, straight from the browser.
            </EmptyState>
          ) : (
            <DataTable
              label="Secrets for pages"
              rows={rows}
              columns={SECRET_COLUMNS}
              rowKey={(row) => row.id}
              rowActions={(row) => (
                <ConfirmDanger
                  action="Delete secret"
                  consequence="Tokens that were signed with it are refused at once, so pages that have one cannot read profiles until your server signs another."
                  run={() => deletePersonSecret(row.id)}
                  onDone={refresh}
                  hand={{ method: "DELETE", path: `/person-token-secrets/${row.id}` }}
                  trigger={(open) => <RemoveButton label={`Delete secret ${row.id}`} onClick={open} />}
                />
              )}
            />
          )
        }
      </QueryView>
      <ShownOnce
        title="Secret for pages"
        secret={secret}
        remedy="Put it where your server keeps its secrets. It signs from now on; earlier ones go on verifying until you delete them."
        onClose={() => setSecret(null)}
      />
    </Panel>
  );
}

function HowToRead() {
  const { workspace } = useSession();
  const address = `${window.location.origin}/v1/spaces/${workspace.id}/collections/users/profiles/email:ada%40example.com/traits`;
  return (
    <Panel title="How to read" description="Any identifier names the person, and so does the profile's own id.">
      <CodeBlock title="Read the traits of one person" code={`curl -u "$TOKEN:" '${address}'`} wrap />
    </Panel>
  );
}
