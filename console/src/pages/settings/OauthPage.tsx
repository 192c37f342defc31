import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconShieldLock } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addOauthKey, createOauthApp, deleteOauthApp, deleteOauthKey } from "~/api/actions";
import type { OauthApp } from "~/api/model";
import { oauthAppsQuery } from "~/api/queries";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { CopyText } from "~/components/CopyText";
import { ConfirmDanger } from "~/components/DangerZone";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence } from "~/components/Sentence";
import { TimeAgo } from "~/components/TimeAgo";
import { OwnersOnly } from "./OwnersOnly";
import { RemoveButton } from "./RemoveButton";

type OauthKey = OauthApp["keys"][number];

const KEY_COLUMNS: DataColumn<OauthKey>[] = [
  { id: "id", header: "Key id (kid)", value: (row) => row.id, cell: (row) => <CopyText value={row.id} what="key id" keep={28} /> },
  { id: "createdAt", header: "Added", value: (row) => row.createdAt, cell: (row) => <TimeAgo time={row.createdAt} /> },
];

export default function OauthPage() {
  const owner = useIsOwner();
  return (
    <Page
      title="OAuth apps"
      description="A server proves with its private key that it may send events. A source can require it under its settings."
      actions={
        owner && (
          <KeyDialog
            button="Create app"
            title="Create an OAuth app"
            withName
            submit={({ name, publicKey }) => createOauthApp(name, publicKey)}
            hand={(body) => ({ method: "POST", path: "/oauth-apps", body })}
          />
        )
      }
    >
      <OwnersOnly what="manage OAuth apps">
        <Apps />
      </OwnersOnly>
    </Page>
  );
}

function Apps() {
  const apps = useQuery(oauthAppsQuery);
  return (
    <QueryView query={apps}>
      {(list) =>
        list.length === 0 ? (
          <Panel>
            <EmptyState icon={IconShieldLock} title="No OAuth app yet">
              Make an RSA key pair, keep the private key on your server, and give its public half here. Then the write key alone is no longer enough for
              sources that require OAuth.
            </EmptyState>
          </Panel>
        ) : (
          list.map((app) => <AppPanel key={app.id} app={app} />)
        )
      }
    </QueryView>
  );
}

function AppPanel({ app }: { app: OauthApp }) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: oauthAppsQuery.queryKey });
  return (
    <Panel
      title={app.name}
      description={
        <>
          App id <CopyText value={app.id} what="app id" keep={28} />
        </>
      }
      flush
      actions={
        <Group gap="xs">
          <KeyDialog
            button="Add key"
            small
            title={`Add a key to ${app.name}`}
            submit={({ publicKey }) => addOauthKey(app.id, publicKey)}
            hand={({ publicKey }) => ({ method: "POST", path: `/oauth-apps/${app.id}/keys`, body: { publicKey } })}
          />
          <ConfirmDanger
            action="Delete app"
            name={app.name}
            consequence="Servers that use this app get no access token any more, and the tokens they have stop working."
            run={() => deleteOauthApp(app.id)}
            onDone={refresh}
            hand={{ method: "DELETE", path: `/oauth-apps/${app.id}` }}
            trigger={(open) => <RemoveButton label={`Delete ${app.name}`} onClick={open} />}
          />
        </Group>
      }
    >
      <DataTable
        label={`Keys of ${app.name}`}
        rows={app.keys}
        columns={KEY_COLUMNS}
        rowKey={(row) => row.id}
        rowActions={(row) => (
          <ConfirmDanger
            action="Delete key"
            consequence="Servers that sign with this key get no access token any more."
            run={() => deleteOauthKey(app.id, row.id)}
            onDone={refresh}
            hand={{ method: "DELETE", path: `/oauth-apps/${app.id}/keys/${row.id}` }}
            trigger={(open) => <RemoveButton label={`Delete key ${row.id}`} onClick={open} />}
          />
        )}
      />
    </Panel>
  );
}

interface KeyDialogProps {
  button: string;
  small?: boolean;
  title: string;
  withName?: boolean;
  submit: (values: { name: string; publicKey: string }) => Promise<unknown>;
  hand: (values: { name: string; publicKey: string }) => Parameters<typeof ByHand>[0]["call"];
}

function KeyDialog({ button, small = false, title, withName = false, submit, hand }: KeyDialogProps) {
  const queryClient = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [publicKey, setPublicKey] = useState("");
  const values = { name: name.trim(), publicKey: publicKey.trim() };
  const mutation = useMutation({
    mutationFn: () => submit(values),
    onSuccess: async () => {
      setOpened(false);
      setName("");
      setPublicKey("");
      await queryClient.invalidateQueries({ queryKey: oauthAppsQuery.queryKey });
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <Button
        size={small ? "compact-sm" : "sm"}
        variant={small ? "default" : "filled"}
        leftSection={<IconPlus size={15} />}
        onClick={() => {
          mutation.reset();
          setOpened(true);
        }}
      >
        {button}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} size="lg" title={<Text fw={620}>{title}</Text>}>
        <form onSubmit={onSubmit}>
          <Stack gap="md">
            {withName && <TextInput label="Name" description="The server or team that will use it." required withAsterisk={false} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />}
            <Textarea
              label="Public key"
              description="RSA, in PEM form. Make one with: openssl genrsa -out private.pem 2048 && openssl rsa -in private.pem -pubout"
              placeholder="-----BEGIN PUBLIC KEY-----"
              required
              withAsterisk={false}
              autosize
              minRows={5}
              maxRows={12}
              spellCheck={false}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } }}
              value={publicKey}
              onChange={(event) => setPublicKey(event.currentTarget.value)}
            />
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group justify="space-between">
              <ByHand call={hand(values)} />
              <Button type="submit" loading={mutation.isPending}>
                {button}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
