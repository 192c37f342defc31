import { Button } from "@mantine/core";
import { useState } from "react";
import type { OperationEntry } from "~/api/model";
import { useIsOwner } from "~/app/use-session";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { formatExactTime } from "~/lib/format";
import { type Act, undoAct } from "./acts";
import { OperationDialog } from "./OperationDialog";

const COLUMNS: DataColumn<OperationEntry>[] = [
  { id: "number", header: "No.", value: (row) => row.number },
  { id: "sentence", header: "What was done", value: (row) => row.sentence },
  { id: "reason", header: "Reason", value: (row) => row.reason, secondary: true },
  { id: "by", header: "By", value: (row) => row.by, secondary: true },
  { id: "at", header: "When", value: (row) => row.at, cell: (row) => <TimeAgo time={row.at} /> },
  { id: "state", header: "State", value: (row) => (row.undone ? "undone" : "in force"), cell: (row) => <State of={row} />, secondary: true },
];

/** What people did to who is who, each with a way back. */
export function OperationList({ operations }: { operations: OperationEntry[] }) {
  const owner = useIsOwner();
  const [act, setAct] = useState<Act | null>(null);
  return (
    <>
      <DataTable
        label="Changes by hand"
        rows={operations}
        columns={COLUMNS}
        rowKey={(row) => String(row.number)}
        rowActions={
          owner
            ? (row) =>
                row.undone ? null : (
                  <Button size="compact-xs" variant="default" onClick={() => setAct(undoAct(row))} aria-label={`Undo ${row.number}`}>
                    Undo
                  </Button>
                )
            : undefined
        }
      />
      <OperationDialog act={act} onClose={() => setAct(null)} />
    </>
  );
}

function State({ of: { undone } }: { of: OperationEntry }) {
  if (!undone) return <StatusDot tone="good">In force</StatusDot>;
  return (
    <span title={`${formatExactTime(undone.at)}${undone.reason ? `: ${undone.reason}` : ""}`}>
      <StatusDot tone="off">Undone by {undone.by}</StatusDot>
    </span>
  );
}
