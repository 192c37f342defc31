import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { DeliverySummary } from "~/api/delivery-model";
import type { DeliverySpan } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { Panel } from "~/components/Panel";
import { formatCount, formatDuration } from "~/lib/format";

interface Row {
  destination: Destination;
  summary: DeliverySummary;
}

/** How each destination does within the range; one opens as the whole page. */
export function DestinationTable({ destinations, summaries, span }: { destinations: Destination[]; summaries: DeliverySummary[]; span: DeliverySpan }) {
  const rows = destinations.flatMap((destination, index): Row[] => {
    const summary = summaries[index];
    return summary ? [{ destination, summary }] : [];
  });
  const columns = useMemo((): DataColumn<Row>[] => {
    const latency = (id: keyof NonNullable<DeliverySummary["latency"]>, header: string): DataColumn<Row> => ({
      id,
      header,
      value: (row) => row.summary.latency?.[id],
      cell: (row) => (row.summary.latency ? formatDuration(row.summary.latency[id]) : ""),
      align: "end",
      secondary: true,
    });
    const count = (id: "delivered" | "filtered" | "failed", header: string): DataColumn<Row> => ({
      id,
      header,
      value: (row) => row.summary[id],
      cell: (row) => (
        <Link
          to="/delivery/receipts"
          search={{ destination: row.destination.id, state: id, span }}
          aria-label={`${formatCount(row.summary[id])} ${id}: ${row.destination.name}`}
          style={{ color: "inherit" }}
        >
          {formatCount(row.summary[id])}
        </Link>
      ),
      align: "end",
      secondary: id === "filtered",
    });
    return [
      { id: "name", header: "Destination", value: (row) => row.destination.name },
      count("delivered", "Delivered"),
      count("filtered", "Filtered"),
      count("failed", "Failed"),
      latency("p50Ms", "Half within"),
      latency("p95Ms", "95 % within"),
      latency("p99Ms", "99 % within"),
    ];
  }, [span]);
  return (
    <Panel title="By destination" description="Latency is from the arrival of an event to its delivery, at most an eighth too long." flush>
      <DataTable
        label="Destinations and their deliveries"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.destination.id}
        rowLink={(row) => `/delivery?${new URLSearchParams({ destination: row.destination.id, span })}`}
        tools={rows.length > 8}
      />
    </Panel>
  );
}
