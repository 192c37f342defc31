import { Select } from "@mantine/core";
import { IconChartFunnel } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Dimension } from "~/api/delivery-model";
import { type DeliverySpan, deliveryRange, isBetween, type LastSpan, spanProblem } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import { destinationsQuery } from "~/api/queries";
import type { DeliverySearch } from "~/app/router";
import { ByHand } from "~/components/ByHand";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { BreakdownPanel } from "./BreakdownPanel";
import { DestinationTable } from "./DestinationTable";
import { EndFigures, EndsPanel } from "./EndsPanel";
import { hasReceipts } from "./has-receipts";
import { ReasonsPanel } from "./ReasonsPanel";
import { TimeRange } from "./TimeRange";
import { TotalsPanel } from "./TotalsPanel";
import { useSummaries } from "./use-deliveries";

const route = getRouteApi("/signed-in/delivery");

/** What became of events at destinations: whether it adds up, over time, and why some did not arrive. */
export default function DeliveryOverviewPage() {
  const { destination: chosenId, span = "24h", by = "discardReason" } = route.useSearch();
  const navigate = useNavigate({ from: "/delivery" });
  const query = useQuery(destinationsQuery);
  const destinations = useMemo(() => query.data?.filter(hasReceipts) ?? [], [query.data]);
  const chosen = destinations.find((each) => each.id === chosenId);
  const problem = spanProblem(span, Date.now());
  const change = (next: Partial<DeliverySearch>) => navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  return (
    <Page
      title="Delivery overview"
      description="What became of every event at its destinations, and why some did not arrive."
      width="wide"
      actions={
        <>
          <Select
            aria-label="Destination"
            placeholder="All destinations"
            clearable
            clearButtonProps={{ "aria-label": "All destinations" }}
            searchable={destinations.length > 8}
            nothingFoundMessage="No destination"
            data={destinations.map((each) => ({ value: each.id, label: each.name }))}
            value={chosenId ?? null}
            onChange={(next) => change({ destination: next ?? undefined })}
          />
          <TimeRange<DeliverySpan> label="Time range" value={span} onChange={(next) => change({ span: next })} />
        </>
      }
    >
      <QueryView query={query}>
        {() => {
          if (destinations.length === 0) return <NoDestination />;
          if (chosenId && !chosen) return <UnknownDestination />;
          if (problem) return <UnknownRange reason={problem} destination={chosenId} />;
          return (
            <Deliveries
              key={chosenId ?? "all"}
              destinations={chosen ? [chosen] : destinations}
              chosen={chosen}
              span={span}
              by={by}
              onBy={(next) => change({ by: next })}
            />
          );
        }}
      </QueryView>
    </Page>
  );
}

interface DeliveriesProps {
  destinations: Destination[];
  chosen: Destination | undefined;
  span: DeliverySpan;
  by: Dimension;
  onBy: (by: Dimension) => void;
}

function Deliveries({ destinations, chosen, span, by, onBy }: DeliveriesProps) {
  const summaries = useSummaries(destinations, span);
  return (
    <>
      <QueryView query={summaries} loading={<div style={{ height: 380 }} aria-busy="true" />}>
        {(all) => (
          <>
            <EndFigures summaries={all} destination={chosen} span={span} />
            <TotalsPanel summaries={all} destination={chosen?.id} />
            {!chosen && <DestinationTable destinations={destinations} summaries={all} span={span} />}
          </>
        )}
      </QueryView>
      <EndsPanel destinations={destinations} span={span} />
      <ReasonsPanel destinations={destinations} destination={chosen?.id} span={span} />
      <BreakdownPanel destinations={destinations} destination={chosen?.id} span={span} by={by} onBy={onBy} />
      {chosen && (
        <div>
          <OverviewByHand destination={chosen} span={span} by={by} />
        </div>
      )}
    </>
  );
}

/** The command line looks back over hours, two weeks of them at most. */
const HOURS: Record<LastSpan, number | undefined> = { "10m": undefined, "1h": 1, "24h": 24, "7d": 168, "14d": 336, "30d": undefined };
const BY_WORDS: Record<Dimension, string> = { discardReason: "discard-reason", eventName: "event-name", eventType: "event-type", appVersion: "app-version" };

function OverviewByHand({ destination, span, by }: { destination: Destination; span: DeliverySpan; by: Dimension }) {
  const query = new URLSearchParams({ sourceId: destination.sourceId, destinationConfigId: destination.id, ...deliveryRange(span, Date.now()) });
  const hours = isBetween(span) ? undefined : HOURS[span];
  return (
    <ByHand
      call={{
        method: "GET",
        path: `/delivery/summary?${query}`,
        command: hours ? ["delivery", "overview", destination.id, "--hours", String(hours), "--by", BY_WORDS[by]] : undefined,
      }}
    />
  );
}

function NoDestination() {
  return (
    <Panel flush>
      <EmptyState icon={IconChartFunnel} title="Nothing is delivered yet" action={<LinkButton to="/destinations/new">Add destination</LinkButton>}>
        Once events go to a destination, this page tells how many arrived, how quickly, and why some did not. An archive tells of its files on its own page.
      </EmptyState>
    </Panel>
  );
}

function UnknownRange({ reason, destination }: { reason: string; destination: string | undefined }) {
  return (
    <Sentence
      tone="warn"
      reason={reason}
      remedy="Choose a later one."
      action={
        <Link to="/delivery" search={{ destination }}>
          Show the last day
        </Link>
      }
    />
  );
}

function UnknownDestination() {
  return (
    <Sentence
      tone="warn"
      reason="The destination that this link shows is not there, or tells nothing of single events."
      remedy="It may have been deleted; choose another one."
      action={
        <Link to="/delivery" search={{}}>
          Show all destinations
        </Link>
      }
    />
  );
}
