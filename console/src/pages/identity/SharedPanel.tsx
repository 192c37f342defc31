import { Button } from "@mantine/core";
import { IconDevices } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { hairballsQuery } from "~/api/identity";
import type { Hairball } from "~/api/model";
import { nameOf } from "~/api/people";
import { useIsOwner } from "~/app/use-session";
import { ByHand } from "~/components/ByHand";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { formatCount } from "~/lib/format";
import { type Act, releaseAct } from "~/pages/operations/acts";
import { OperationDialog } from "~/pages/operations/OperationDialog";

const COLUMNS: DataColumn<Hairball>[] = [
  { id: "identifier", header: "Identifier", value: (row) => nameOf(row.identifier), cell: (row) => <IdentifierName of={row.identifier} /> },
  { id: "sets", header: "Different sets it was seen in", value: (row) => row.sets, cell: (row) => formatCount(row.sets), align: "end" },
];

/** Identifiers that join more than one person can be. */
export function SharedPanel() {
  const owner = useIsOwner();
  const query = useQuery(hairballsQuery);
  const [act, setAct] = useState<Act | null>(null);
  return (
    <Panel
      flush
      title="Shared identifiers"
      description="A tablet at a counter, a test account: what was seen with too many others joins nobody, in all of history, until you release it."
      actions={<ByHand call={{ method: "GET", path: "/identity/hairballs", command: ["identity", "hairballs"] }} />}
    >
      <QueryView query={query}>
        {({ hairballs, setsMax }) =>
          hairballs.length === 0 ? (
            <EmptyState icon={IconDevices} title="No shared identifier">
              An identifier that was seen in more than {formatCount(setsMax)} different sets of identifiers stands here. The number is in the rules.
            </EmptyState>
          ) : (
            <DataTable
              label="Shared identifiers"
              rows={hairballs}
              columns={COLUMNS}
              rowKey={(row) => `${row.identifier.collection} ${nameOf(row.identifier)}`}
              tools={hairballs.length > 8}
              rowActions={
                owner
                  ? (row) => (
                      <Button size="compact-xs" variant="default" aria-label={`Release ${nameOf(row.identifier)}`} onClick={() => setAct(releaseAct(row.identifier))}>
                        Release
                      </Button>
                    )
                  : undefined
              }
            />
          )
        }
      </QueryView>
      <OperationDialog act={act} onClose={() => setAct(null)} />
    </Panel>
  );
}
