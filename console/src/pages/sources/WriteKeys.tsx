import { Button, Menu, ActionIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { addWriteKey, deleteWriteKey, setWriteKeyEnabled } from "~/api/actions";
import type { Source, WriteKey } from "~/api/model";
import { sourceQuery } from "~/api/queries";
import { CopyText } from "~/components/CopyText";
import { ConfirmDanger } from "~/components/DangerZone";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { notifyProblem, notifyUndoable } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { EnabledStatus } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";

const COLUMNS: DataColumn<WriteKey>[] = [
  { id: "key", header: "Write key", value: (row) => row.key, cell: (row) => <CopyText value={row.key} what="write key" /> },
  { id: "status", header: "Status", value: (row) => (row.enabled ? "Enabled" : "Disabled"), cell: (row) => <EnabledStatus enabled={row.enabled} /> },
  { id: "createdAt", header: "Created", value: (row) => row.createdAt, cell: (row) => <TimeAgo time={row.createdAt} />, secondary: true },
];

/** A source's write keys. Rotating is adding one, moving the senders over, then disabling the old one. */
export function WriteKeys({ source }: { source: Source }) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: sourceQuery(source.id).queryKey });
  const add = useMutation({
    mutationFn: () => addWriteKey(source.id),
    onSuccess: async () => {
      await refresh();
      notifications.show({ message: "A new write key is ready. The other keys still work." });
    },
    onError: notifyProblem,
  });
  const setEnabled = useMutation({
    mutationFn: ({ key, enabled }: { key: string; enabled: boolean }) => setWriteKeyEnabled(source.id, key, enabled),
    onSuccess: async (_, { key, enabled }) => {
      await refresh();
      if (!enabled)
        notifyUndoable("What is sent with this key is now dropped. Senders are still answered with success, so that they do not repeat it.", async () => {
          await setWriteKeyEnabled(source.id, key, true);
          await refresh();
        });
    },
    onError: notifyProblem,
  });

  return (
    <Panel
      title="Write keys"
      description="A write key lets a sender add events to this source, and nothing else. To rotate: create a key, move your senders to it, then disable the old one."
      flush
      actions={
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} loading={add.isPending} onClick={() => add.mutate()}>
          Create key
        </Button>
      }
    >
      <DataTable
        label="Write keys"
        rows={source.keys}
        columns={COLUMNS}
        rowKey={(row) => row.key}
        rowActions={(row) => (
          <ConfirmDanger
            action="Delete write key"
            consequence="What is sent with this key is dropped from now on, and the key cannot come back. Disabling it instead can be undone."
            name={row.key.slice(0, 6)}
            run={() => deleteWriteKey(source.id, row.key)}
            onDone={refresh}
            hand={{ method: "DELETE", path: `/sources/${source.id}/writekey/${row.key}`, command: ["source", "delete-key", source.id, row.key] }}
            trigger={(open) => (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Actions for write key ${row.key}`}>
                    <IconDots size={16} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => setEnabled.mutate({ key: row.key, enabled: !row.enabled })}>{row.enabled ? "Disable" : "Enable"}</Menu.Item>
                  <Menu.Item c="var(--pd-bad)" onClick={open}>
                    Delete…
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          />
        )}
      />
    </Panel>
  );
}
