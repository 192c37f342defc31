import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { rollBackRules, rulesQuery, rulesVersionQuery, rulesVersionsQuery } from "~/api/identity";
import type { RulesVersion } from "~/api/model";
import { readPeopleAnew } from "~/api/people";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { changesInWords } from "./rule-words";
import { RulesDialog } from "./RulesDialog";

const COLUMNS: DataColumn<RulesVersion>[] = [
  { id: "version", header: "Version", value: (row) => row.version },
  {
    id: "state",
    header: "State",
    value: (row) => (row.isInForce ? "in force" : "earlier"),
    cell: (row) => (row.isInForce ? <StatusDot tone="good">In force</StatusDot> : <StatusDot tone="off">Earlier</StatusDot>),
  },
  { id: "types", header: "Types", value: (row) => row.types, align: "end", secondary: true },
  { id: "by", header: "By", value: (row) => row.by ?? "learned from events, or the first", secondary: true },
  { id: "appliedAt", header: "Applied", value: (row) => row.appliedAt, cell: (row) => <TimeAgo time={row.appliedAt} never="" />, align: "end" },
];

/** The versions of the rules, each with a way back to it. */
export function VersionsPanel() {
  const owner = useIsOwner();
  const query = useQuery(rulesVersionsQuery);
  const [wanted, setWanted] = useState<number | null>(null);
  return (
    <Panel
      flush
      title="Versions"
      description="Each applied change is one. Rolling back puts an earlier one in force again, for all of history, as a new version."
      actions={<ByHand call={{ method: "GET", path: "/identity/rules/versions", command: ["identity", "rules", "versions"] }} />}
    >
      <QueryView query={query}>
        {(versions) => (
          <DataTable
            label="Versions of the rules"
            rows={versions}
            columns={COLUMNS}
            rowKey={(row) => String(row.version)}
            rowActions={
              owner
                ? (row) =>
                    row.isInForce ? null : (
                      <Button size="compact-xs" variant="default" aria-label={`Roll back to version ${row.version}`} onClick={() => setWanted(row.version)}>
                        Roll back
                      </Button>
                    )
                : undefined
            }
          />
        )}
      </QueryView>
      {wanted !== null && <RollBack version={wanted} onClose={() => setWanted(null)} />}
    </Panel>
  );
}

function RollBack({ version, onClose }: { version: number; onClose: () => void }) {
  const queryClient = useQueryClient();
  const inForce = useQuery(rulesQuery).data;
  const earlier = useQuery(rulesVersionQuery(version)).data;
  if (!inForce || !earlier) return null;
  return (
    <RulesDialog
      opened
      onClose={onClose}
      title={`Roll back to version ${version}`}
      action="Roll back"
      changes={changesInWords(inForce.rules, earlier.rules)}
      rules={earlier.rules}
      run={() => rollBackRules(version)}
      onDone={async (applied) => {
        onClose();
        queryClient.setQueryData(rulesQuery.queryKey, applied);
        await readPeopleAnew(queryClient);
      }}
      hand={{ method: "POST", path: "/identity/rules/rollback", body: { version }, command: ["identity", "rules", "rollback", String(version)] }}
    />
  );
}
