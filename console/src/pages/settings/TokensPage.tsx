import { Badge, Button, Checkbox, Group, Modal, Radio, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createToken, deleteToken } from "~/api/actions";
import type { ApiToken, Scope } from "~/api/model";
import { tokensQuery } from "~/api/queries";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
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
import { ShownOnce } from "./ShownOnce";

const SCOPES: Exclude<Scope, "*">[] = [
  "workspace:read",
  "workspace:write",
  "sources:read",
  "sources:write",
  "destinations:read",
  "destinations:write",
  "events:read",
  "members:write",
  "tokens:write",
];

const COLUMNS: DataColumn<ApiToken>[] = [
  { id: "name", header: "Name", value: (row) => row.name, cell: (row) => <Text size="sm" fw={550}>{row.name}</Text> },
  {
    id: "scopes",
    header: "May",
    value: (row) => row.scopes.join(" "),
    cell: (row) => (
      <Group gap={4}>
        {row.scopes.map((scope) => (
          <Badge key={scope} color="gray" c="var(--mantine-color-text)" className="mono">
            {scope === "*" ? "everything" : scope}
          </Badge>
        ))}
      </Group>
    ),
    secondary: true,
  },
  { id: "createdAt", header: "Created", value: (row) => row.createdAt, cell: (row) => <TimeAgo time={row.createdAt} never="" /> },
];

export default function TokensPage() {
  const owner = useIsOwner();
  return (
    <Page title="API tokens" description="A token lets a program use the public API with the scopes you give it." actions={owner && <CreateButton />}>
      <OwnersOnly what="manage API tokens">
        <Tokens />
      </OwnersOnly>
    </Page>
  );
}

function Tokens() {
  const queryClient = useQueryClient();
  const tokens = useQuery(tokensQuery);
  return (
    <Panel flush>
      <QueryView query={tokens}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={IconKey} title="No token yet">
              Create one for each program, with no more scopes than it needs, so that you can take back one without breaking the others.
            </EmptyState>
          ) : (
            <DataTable
              label="API tokens"
              rows={rows}
              columns={COLUMNS}
              rowKey={(row) => row.id}
              rowActions={(row) => (
                <ConfirmDanger
                  action="Delete token"
                  name={row.name}
                  consequence="Programs that use this token are refused from now on. This cannot be undone."
                  run={() => deleteToken(row.id)}
                  onDone={() => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey })}
                  hand={{ method: "DELETE", path: `/tokens/${row.id}`, command: ["token", "delete", row.id] }}
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

function CreateButton() {
  const queryClient = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<Scope[]>(["sources:read", "events:read"]);
  const [secret, setSecret] = useState<string | null>(null);
  const scopes: Scope[] = all ? ["*"] : chosen;
  const mutation = useMutation({
    mutationFn: () => createToken(name.trim(), scopes),
    onSuccess: async (token) => {
      setOpened(false);
      setName("");
      setSecret(token.token);
      await queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
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
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>Create an API token</Text>}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput label="Name" description="The program that will use it." required withAsterisk={false} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Radio.Group label="What it may do" value={all ? "all" : "some"} onChange={(value) => setAll(value === "all")}>
              <Stack gap={6} mt={6}>
                <Radio value="some" label="Only what is chosen here" />
                <Radio value="all" label="Everything an owner may do" />
              </Stack>
            </Radio.Group>
            {!all && (
              <Checkbox.Group aria-label="Scopes" value={chosen} onChange={(next) => setChosen(SCOPES.filter((scope) => next.includes(scope)))}>
                <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
                  {SCOPES.map((scope) => (
                    <Checkbox key={scope} value={scope} label={<span className="mono">{scope}</span>} />
                  ))}
                </SimpleGrid>
              </Checkbox.Group>
            )}
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group justify="space-between">
              <ByHand
                call={{
                  method: "POST",
                  path: "/tokens",
                  body: { name: name.trim(), scopes },
                  command: ["token", "create", name.trim(), ...scopes.flatMap((scope) => ["--scope", scope])],
                }}
              />
              <Button type="submit" loading={mutation.isPending} disabled={scopes.length === 0}>
                Create token
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
      <ShownOnce title="API token" secret={secret} remedy="Put it where the program keeps its secrets. If it is lost, delete it and create another." onClose={() => setSecret(null)} />
    </>
  );
}
