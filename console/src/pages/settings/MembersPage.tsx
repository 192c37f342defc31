import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconMail, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createInvite, deleteInvite, removeMember } from "~/api/actions";
import type { Invite, Member, Role } from "~/api/model";
import { invitesQuery, membersQuery } from "~/api/queries";
import { useIsOwner, useSession } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { ConfirmDanger } from "~/components/DangerZone";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { notifyProblem } from "~/components/notify";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { ProblemSentence } from "~/components/Sentence";
import { TimeAgo } from "~/components/TimeAgo";
import { OwnersOnly } from "./OwnersOnly";
import { RemoveButton } from "./RemoveButton";
import { ShownOnce } from "./ShownOnce";

const ROLES: { value: Role; label: string }[] = [
  { value: "Workspace Member", label: "Workspace Member: sources and destinations" },
  { value: "Workspace Owner", label: "Workspace Owner: everything" },
];

const MEMBER_COLUMNS: DataColumn<Member>[] = [
  { id: "name", header: "Name", value: (row) => row.name, cell: (row) => <Text size="sm" fw={550}>{row.name}</Text> },
  { id: "email", header: "Email", value: (row) => row.email },
  { id: "role", header: "Role", value: (row) => row.role, secondary: true },
];

const INVITE_COLUMNS: DataColumn<Invite>[] = [
  { id: "email", header: "Email", value: (row) => row.email },
  { id: "role", header: "Role", value: (row) => row.role, secondary: true },
  { id: "expires", header: "Works until", value: (row) => row.expiresAt, cell: (row) => <TimeAgo time={row.expiresAt} never="" /> },
];

export default function MembersPage() {
  const owner = useIsOwner();
  return (
    <Page title="Members" description="Who can sign in to this workspace." actions={owner && <InviteButton />}>
      <Members />
      <OwnersOnly what="invite and remove members">
        <Invites />
      </OwnersOnly>
    </Page>
  );
}

function Members() {
  const { account } = useSession();
  const owner = useIsOwner();
  const queryClient = useQueryClient();
  const members = useQuery(membersQuery);
  return (
    <Panel title="Members" flush>
      <QueryView query={members}>
        {(rows) => (
          <DataTable
            label="Members"
            rows={rows}
            columns={MEMBER_COLUMNS}
            rowKey={(row) => row.id}
            rowActions={
              owner
                ? (row) =>
                    row.id === account.id ? (
                      <Text size="sm" c="dimmed">
                        You
                      </Text>
                    ) : (
                      <ConfirmDanger
                        action="Remove member"
                        name={row.email}
                        consequence={`${row.name} is signed out everywhere and cannot sign in again. What they set up stays.`}
                        run={() => removeMember(row.id)}
                        onDone={() => queryClient.invalidateQueries({ queryKey: membersQuery.queryKey })}
                        hand={{ method: "DELETE", path: `/users/${row.id}` }}
                        trigger={(open) => <RemoveButton label={`Remove ${row.name}`} onClick={open} />}
                      />
                    )
                : undefined
            }
          />
        )}
      </QueryView>
    </Panel>
  );
}

function Invites() {
  const queryClient = useQueryClient();
  const invites = useQuery(invitesQuery);
  const remove = useMutation({
    mutationFn: deleteInvite,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: invitesQuery.queryKey }),
    onError: notifyProblem,
  });
  return (
    <Panel title="Open invites" flush>
      <QueryView query={invites}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={IconMail} title="No open invite">
              An invite is a link that works once. You send it yourself, so no mail server is needed.
            </EmptyState>
          ) : (
            <DataTable
              label="Open invites"
              rows={rows}
              columns={INVITE_COLUMNS}
              rowKey={(row) => row.id}
              rowActions={(row) => <RemoveButton label={`Withdraw the invite of ${row.email}`} onClick={() => remove.mutate(row.id)} />}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

function InviteButton() {
  const queryClient = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("Workspace Member");
  const [link, setLink] = useState<string | null>(null);
  const mutation = useMutation({
    mutationFn: () => createInvite(email.trim(), role),
    onSuccess: async ({ inviteUrl }) => {
      setOpened(false);
      setEmail("");
      setLink(inviteUrl);
      await queryClient.invalidateQueries({ queryKey: invitesQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setOpened(true)}>
        Invite
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>Invite someone</Text>}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput label="Email" type="email" required withAsterisk={false} data-autofocus value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
            <Select label="Role" allowDeselect={false} data={ROLES} value={role} onChange={(next) => setRole(next as Role)} />
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group justify="space-between">
              <ByHand call={{ method: "POST", path: "/invites", body: { email: email.trim(), role } }} />
              <Button type="submit" loading={mutation.isPending}>
                Create invite link
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
      <ShownOnce title="Invite link" secret={link} remedy="Send it to the person you invite. Whoever has it can join, once." onClose={() => setLink(null)} />
    </>
  );
}
