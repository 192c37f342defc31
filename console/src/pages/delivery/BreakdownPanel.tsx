import { SegmentedControl } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { DELIVERY_STEPS, DIMENSIONS, type DeliveryStep, type Dimension } from "~/api/delivery-model";
import type { DeliverySpan } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import type { ReceiptsSearch } from "~/app/router";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { formatCount } from "~/lib/format";
import { type Group, groupsOf } from "./breakdown";
import { changeInFull, changeInWords, percentOf } from "./change-words";
import { DIMENSION_LABELS, OTHER, STATES, STEP_STATES, valueInWords } from "./delivery-words";
import { useBreakdown } from "./use-deliveries";

interface BreakdownPanelProps {
  destinations: Destination[];
  destination: string | undefined;
  span: DeliverySpan;
  by: Dimension;
  onBy: (by: Dimension) => void;
}

/** Deliveries within the range, taken apart by what they have in common. */
export function BreakdownPanel({ destinations, destination, span, by, onBy }: BreakdownPanelProps) {
  const query = useBreakdown(destinations, span, by);
  const columns = useMemo(() => columnsOf(by, { destination, span }), [by, destination, span]);
  return (
    <Panel
      title="Breakdown"
      description="What came to an end within the range. The change is against the time before of the same length, without the minute, hour or day that runs."
      flush
      actions={
        <SegmentedControl
          aria-label="Break down by"
          value={by}
          onChange={(next) => onBy(next as Dimension)}
          data={DIMENSIONS.map((value) => ({ value, label: DIMENSION_LABELS[value] }))}
        />
      }
    >
      <QueryView query={query}>
        {(counts) => {
          const groups = groupsOf(counts, by);
          return groups.length === 0 ? (
            <EmptyState icon={IconChartBar} title="Nothing ended within this time">
              Events are told apart here by reason, name, type and version once they were delivered, filtered or refused.
            </EmptyState>
          ) : (
            <DataTable label={`Deliveries by ${DIMENSION_LABELS[by].toLowerCase()}`} rows={groups} columns={columns} rowKey={(group) => group.value} tools={groups.length > 8} />
          );
        }}
      </QueryView>
    </Panel>
  );
}

function columnsOf(by: Dimension, search: ReceiptsSearch): DataColumn<Group>[] {
  const ends = DELIVERY_STEPS.map((step): DataColumn<Group> => {
    const words = STATES[STEP_STATES[step]].words;
    return {
      id: step,
      header: words,
      value: (group) => group.ends[step],
      cell: (group) => <Count count={group.ends[step]} search={searchOf(by, group.value, step)} more={search} of={`${valueInWords(by, group.value)}, ${words.toLowerCase()}`} />,
      align: "end",
    };
  });
  return [
    {
      id: "value",
      header: DIMENSION_LABELS[by],
      value: (group) => valueInWords(by, group.value),
      cell: (group) => <span className={by === "discardReason" && valueInWords(by, group.value) === group.value ? "mono" : undefined}>{valueInWords(by, group.value)}</span>,
    },
    ...ends,
    { id: "total", header: "Together", value: (group) => group.total, cell: (group) => formatCount(group.total), align: "end", secondary: true },
    { id: "change", header: "Change", value: (group) => percentOf(group.change), cell: (group) => <ChangeText group={group} />, align: "end", secondary: true },
  ];
}

function ChangeText({ group: { change } }: { group: Group }) {
  const full = changeInFull(change);
  return (
    <span title={full}>
      <span aria-hidden>{changeInWords(change)}</span>
      <span className="visually-hidden">{full}</span>
    </span>
  );
}

/** How receipts of a cell are looked for; undefined where they cannot be told apart. */
function searchOf(by: Dimension, value: string, step: DeliveryStep): ReceiptsSearch | undefined {
  if (value === OTHER || value === "" || by === "appVersion") return undefined;
  const state = STEP_STATES[step];
  if (by === "eventName") return { name: value, state };
  if (by === "eventType") return { type: value, state };
  // The code of a failure is the same whether it was refused or expired.
  return step === "successful-delivery" ? { state } : { code: value };
}

function Count({ count, search, more, of }: { count: number; search: ReceiptsSearch | undefined; more: ReceiptsSearch; of: string }) {
  if (!search || count === 0) return formatCount(count);
  return (
    <Link to="/delivery/receipts" search={{ ...more, ...search }} aria-label={`${formatCount(count)}: ${of}`} style={{ color: "inherit" }}>
      {formatCount(count)}
    </Link>
  );
}
