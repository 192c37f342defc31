import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import type { DeliverySummary, ReceiptState } from "~/api/delivery-model";
import type { DeliveryRange, DeliverySpan, Granularity } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import { Figure, Figures } from "~/components/Figures";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { formatCount, formatDuration, plural } from "~/lib/format";
import { endsOverTime, type StepCounts } from "./delivery-sums";
import { stepInWords, tickInWords } from "./delivery-words";
import classes from "./EndsPanel.module.css";
import { useStepCounts } from "./use-deliveries";

const StackedChart = lazy(() => import("~/components/StackedChart"));
const UNITS: Record<Granularity, string> = { MINUTE: "events per minute", HOUR: "events per hour", DAY: "events per day, in UTC" };

interface FiguresProps {
  summaries: DeliverySummary[];
  /** Latency is told of one destination: percentiles of several cannot be added. */
  destination: Destination | undefined;
  span: DeliverySpan;
}

/** What came to an end within the range. */
export function EndFigures({ summaries, destination, span }: FiguresProps) {
  const sum = (name: "delivered" | "deliveredUponRetry" | "filtered" | "failed") => summaries.reduce((total, summary) => total + summary[name], 0);
  const latency = destination ? summaries[0]?.latency : undefined;
  const count = (state: ReceiptState, number: number) => (
    <Link className={classes.number} to="/delivery/receipts" search={{ destination: destination?.id, state, span }}>
      {formatCount(number)}
    </Link>
  );
  return (
    <Figures>
      <Figure term="Delivered" note={`${formatCount(sum("deliveredUponRetry"))} of them after a retry`}>
        {count("delivered", sum("delivered"))}
      </Figure>
      <Figure term="Filtered" note="Not for the destination">
        {count("filtered", sum("filtered"))}
      </Figure>
      <Figure term="Failed" note="With what expired">
        {count("failed", sum("failed"))}
      </Figure>
      {destination ? (
        <Figure term="Half delivered within" note={latency ? `95 %: ${formatDuration(latency.p95Ms)}, 99 %: ${formatDuration(latency.p99Ms)}` : "From arrival to delivery"}>
          {latency ? formatDuration(latency.p50Ms) : "No delivery"}
        </Figure>
      ) : (
        <Figure term="Destinations" note="Choose one for its latency">
          {plural(summaries.length, "destination")}
        </Figure>
      )}
    </Figures>
  );
}

export function EndsPanel({ destinations, span }: { destinations: Destination[]; span: DeliverySpan }) {
  const query = useStepCounts(destinations, span);
  return (
    <Panel title="Over time" description="Counted when an event came to its end at a destination." flush>
      <QueryView query={query} loading={<div style={{ height: 250 }} aria-busy="true" />}>
        {(counts) => counts[0] && <EndsChart counts={counts} range={counts[0].range} />}
      </QueryView>
    </Panel>
  );
}

function EndsChart({ counts, range }: { counts: StepCounts[]; range: DeliveryRange }) {
  const chart = useMemo(() => {
    const { times, ends } = endsOverTime(counts);
    const [delivered, filtered, failed] = [ends["successful-delivery"], ends["filtered-at-destination"], ends["failed-delivery"]];
    return {
      times,
      layers: [
        { label: "Delivered", tone: "good" as const, values: delivered },
        { label: "Filtered", tone: "off" as const, values: filtered },
        { label: "Failed", tone: "bad" as const, values: failed },
      ],
      total: { label: "Ended", tone: "info" as const, values: times.map((_, index) => (delivered[index] ?? 0) + (filtered[index] ?? 0) + (failed[index] ?? 0)) },
    };
  }, [counts]);
  const formatTime = useCallback((seconds: number) => stepInWords(range, seconds), [range]);
  const formatTick = useCallback((seconds: number) => tickInWords(range, seconds), [range]);
  return (
    <div className={classes.chart}>
      <Suspense fallback={<div style={{ height: 214 }} />}>
        <StackedChart label="Events over time, by how they ended at destinations" unit={UNITS[range.granularity]} formatTime={formatTime} formatTick={formatTick} {...chart} />
      </Suspense>
    </div>
  );
}
