import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { GraphEdge, ProfileGraph, Source } from "~/api/model";
import { nameOf } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { TimeAgo } from "~/components/TimeAgo";
import { formatCount } from "~/lib/format";
import { type Act, disregardAct } from "~/pages/operations/acts";
import classes from "./IdentityTab.module.css";
import { reasonInWords } from "./identity-words";
import { sourceLabel } from "./source-label";

/** All sets in which events named identifiers of a profile: the drawing's lines and hubs as a list, and what is not drawn. */
export function SetsPanel({ graph, onAct }: { graph: ProfileGraph; onAct?: (act: Act) => void }) {
  const sources = useQuery(sourcesQuery).data;
  const columns = useMemo(() => columnsOf(sources), [sources]);
  return (
    <Panel flush title="Seen together" description="Which identifiers events named at once, on how many days, and what of it did not join.">
      <DataTable
        label="Seen together"
        rows={graph.edges}
        columns={columns}
        rowKey={(row) => row.identifiers.map(nameOf).join(" ")}
        tools={graph.edges.length > 8}
        rowActions={
          onAct
            ? (row) =>
                row.kept.length > 1 && (
                  <Button size="compact-xs" variant="default" aria-label={`Disregard events with ${row.identifiers.map(nameOf).join(", ")}`} onClick={() => onAct(disregardAct(row.identifiers))}>
                    Disregard
                  </Button>
                )
            : undefined
        }
      />
    </Panel>
  );
}

const joinedOf = (edge: GraphEdge) => {
  const dropped = new Set(edge.dropped.map((each) => nameOf(each.identifier)));
  return edge.identifiers.filter((identifier) => !dropped.has(nameOf(identifier)));
};

const columnsOf = (sources: Source[] | undefined): DataColumn<GraphEdge>[] => [
  {
    id: "joined",
    header: "Together",
    value: (row) => joinedOf(row).map(nameOf).join(" "),
    cell: (row) => (
      <span className={classes.set}>
        {joinedOf(row).map((identifier) => (
          <IdentifierName key={nameOf(identifier)} of={identifier} keep={30} />
        ))}
      </span>
    ),
  },
  {
    id: "dropped",
    header: "Did not join",
    value: (row) => row.dropped.map((each) => nameOf(each.identifier)).join(" "),
    cell: (row) =>
      row.dropped.length === 0 ? (
        <span className={classes.none}>none</span>
      ) : (
        <span className={classes.set}>
          {row.dropped.map((each) => (
            <span key={nameOf(each.identifier)}>
              <IdentifierName of={each.identifier} keep={24} />
              <span className={classes.meta}>{reasonInWords(each.reason)}</span>
            </span>
          ))}
        </span>
      ),
    secondary: true,
  },
  { id: "days", header: "Days", value: (row) => row.days, cell: (row) => formatCount(row.days), align: "end" },
  { id: "source", header: "First from", value: (row) => sourceLabel(sources, row.first.sourceId), secondary: true },
  { id: "first", header: "First", value: (row) => row.first.timestamp, cell: (row) => <TimeAgo time={row.first.timestamp} />, align: "end", secondary: true },
];
