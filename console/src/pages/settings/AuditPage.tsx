import { Button, Group } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AuditEvent } from "~/api/model";
import { auditQuery } from "~/api/queries";
import { CopyText } from "~/components/CopyText";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { TimeAgo } from "~/components/TimeAgo";

const COLUMNS: DataColumn<AuditEvent>[] = [
  { id: "time", header: "When", value: (row) => row.timestamp, cell: (row) => <TimeAgo time={row.timestamp} /> },
  { id: "type", header: "What", value: (row) => row.type },
  {
    id: "resource",
    header: "On",
    value: (row) => row.resourceName || row.resourceId,
    cell: (row) => row.resourceName || <CopyText value={row.resourceId} what="id" keep={16} />,
  },
  {
    id: "actor",
    header: "Who",
    value: (row) => row.actorEmail || row.actor,
    cell: (row) => row.actorEmail || (row.actor === "system" ? "The server" : <CopyText value={row.actor} what="id" keep={12} />),
  },
  {
    id: "resourceType",
    header: "Kind",
    value: (row) => row.resourceType,
    cell: (row) => row.resourceType.charAt(0).toUpperCase() + row.resourceType.slice(1).toLowerCase().replaceAll("_", " "),
    secondary: true,
  },
];

/** Who changed what, and when. */
export default function AuditPage() {
  const [cursors, setCursors] = useState<string[]>([]);
  const query = useQuery(auditQuery(cursors.at(-1)));
  const next = query.data?.pagination?.next;
  return (
    <Page title="Audit trail" description="Each change of the workspace's definitions, newest first. It cannot be edited.">
      <Panel flush>
        <QueryView query={query}>
          {({ events }) =>
            events.length === 0 ? (
              <EmptyState icon={IconHistory} title="No change yet">
                Who creates, changes or deletes a source, a destination, a member or a token stands here.
              </EmptyState>
            ) : (
              <DataTable label="Audit trail" rows={events} columns={COLUMNS} rowKey={(row) => row.id} tools />
            )
          }
        </QueryView>
      </Panel>
      {(cursors.length > 0 || next) && (
        <Group justify="flex-end" gap="xs">
          <Button variant="default" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            Newer
          </Button>
          <Button variant="default" disabled={!next} onClick={() => next && setCursors([...cursors, next])}>
            Older
          </Button>
        </Group>
      )}
    </Page>
  );
}
