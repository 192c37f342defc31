import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback, useMemo } from "react";
import { LEDGER_SPANS, type LedgerSpan, ledgerQuery, ledgerRange } from "~/api/ledger";
import type { Ledger } from "~/api/model";
import { ByHand } from "~/components/ByHand";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { formatCount, formatExactTime, plural } from "~/lib/format";
import classes from "./LedgerPanel.module.css";
import { balanceOf, differenceOf, formatStep, formatTick, SPAN_LABELS } from "./ledger-words";

const StackedChart = lazy(() => import("~/components/StackedChart"));

interface LedgerPanelProps {
  sourceId: string | undefined;
  span: LedgerSpan;
  onSpan: (span: LedgerSpan) => void;
}

/** The ledger of conservation: every accepted message, and the one end it came to. */
export function LedgerPanel({ sourceId, span, onSpan }: LedgerPanelProps) {
  const query = useQuery(ledgerQuery(span, sourceId));
  return (
    <Panel
      title="Where every accepted message went"
      description="Counted from the ledger, by when a message was received; it outlives restarts."
      flush
      actions={
        <div className={classes.tools}>
          <LedgerByHand sourceId={sourceId} span={span} />
          <SegmentedControl
            aria-label="Time range"
            value={span}
            onChange={(next) => onSpan(next as LedgerSpan)}
            data={LEDGER_SPANS.map((value) => ({ value, label: SPAN_LABELS[value] }))}
          />
        </div>
      }
    >
      <QueryView query={query} loading={<div style={{ height: 330 }} aria-busy="true" />}>
        {(ledger) => (
          <>
            <Equation ledger={ledger} sourceId={sourceId} span={span} />
            <Notes ledger={ledger} />
            <Chart ledger={ledger} span={span} />
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function LedgerByHand({ sourceId, span }: { sourceId: string | undefined; span: LedgerSpan }) {
  const { from, resolution, hours } = ledgerRange(span, Date.now());
  const query = new URLSearchParams({ ...(sourceId ? { sourceId } : {}), from, resolution });
  return (
    <ByHand
      call={{ method: "GET", path: `/ledger?${query}`, command: ["ledger", ...(sourceId ? ["--source", sourceId] : []), "--hours", String(hours)] }}
    />
  );
}

/** "12,340 accepted = 12,000 processed + 300 duplicates + 40 rejected", each of which opens. */
function Equation({ ledger, sourceId: source, span }: { ledger: Ledger; sourceId: string | undefined; span: LedgerSpan }) {
  const { accepted, processed, duplicates, rejected } = ledger.totals;
  const balance = balanceOf(ledger);
  return (
    <div className={classes.equation} role="group" aria-label="The ledger's sum">
      <div className={classes.term}>
        <Term count={accepted} name="accepted" />
      </div>
      <Sign>=</Sign>
      <Link className={classes.term} to="/live" search={{ source }}>
        <Term count={processed} name="processed" tone="info" />
      </Link>
      <Sign>+</Sign>
      <Link className={classes.term} to="/duplicates" search={{ source, span }}>
        <Term count={duplicates} name={duplicates === 1 ? "duplicate" : "duplicates"} tone="warn" />
      </Link>
      <Sign>+</Sign>
      <Link className={classes.term} to="/duplicates" search={{ source, span, view: "rejected" }}>
        <Term count={rejected} name="rejected" tone="bad" />
      </Link>
      <span className={classes.verdict}>
        <StatusDot tone={balance.tone}>{balance.words}</StatusDot>
      </span>
    </div>
  );
}

function Sign({ children }: { children: ReactNode }) {
  return <span className={classes.sign}>{children}</span>;
}

function Term({ count, name, tone }: { count: number; name: string; tone?: "info" | "warn" | "bad" }) {
  return (
    <>
      <span className={`${classes.number} tabular`}>{formatCount(count)}</span>{" "}
      <span className={classes.name}>
        {tone && <span className={classes.swatch} style={{ background: `var(--pd-${tone}-dot)` }} aria-hidden />}
        {name}
      </span>
    </>
  );
}

/** Why the sum cannot be taken at its word, where it cannot. */
function Notes({ ledger }: { ledger: Ledger }) {
  const difference = differenceOf(ledger.totals);
  const notes: ReactNode[] = ledger.findings.map((finding) => (
    <Sentence key={`${finding.at} ${finding.sentence}`} tone="bad" reason={finding.sentence} remedy={`Found ${formatExactTime(finding.at)}.`} code={finding.kind} />
  ));
  if (difference !== 0)
    notes.unshift(
      <Sentence
        key="difference"
        tone="bad"
        reason={`${plural(Math.abs(difference), "message")} ${difference > 0 ? "came to no end" : "came to more than one end"}.`}
        remedy="This must not happen. Please report it with the server's log of that time."
      />,
    );
  if (!ledger.caughtUp)
    notes.unshift(
      <Sentence
        key="reading"
        tone="info"
        reason="The ledger has not been read to its end yet, so the sums are too small."
        remedy="After a start this takes some seconds; the page follows by itself. If it stays, the server's log says what keeps the ledger from being read."
      />,
    );
  if (ledger.completeSince)
    notes.push(
      <Sentence
        key="complete"
        tone="warn"
        reason={`What was received before ${formatExactTime(ledger.completeSince)} is left out: there are more sources than there is memory for.`}
        remedy="Choose a shorter range, or a longer one, which counts by hour."
      />,
    );
  return notes.length > 0 ? <div className={classes.notes}>{notes}</div> : null;
}

function Chart({ ledger, span }: { ledger: Ledger; span: LedgerSpan }) {
  const chart = useMemo(() => {
    const of = (name: "accepted" | "processed" | "duplicates" | "rejected") => ledger.rows.map((row) => row.counts[name]);
    return {
      times: ledger.rows.map((row) => Date.parse(row.time) / 1000),
      layers: [
        { label: "Processed", tone: "info" as const, values: of("processed") },
        { label: "Duplicates", tone: "warn" as const, values: of("duplicates") },
        { label: "Rejected", tone: "bad" as const, values: of("rejected") },
      ],
      total: { label: "Accepted", tone: "off" as const, values: of("accepted") },
    };
  }, [ledger.rows]);
  const formatTime = useCallback((seconds: number) => formatStep(span, seconds), [span]);
  const onAxis = useCallback((seconds: number) => formatTick(span, seconds), [span]);
  return (
    <div className={classes.chart}>
      <Suspense fallback={<div style={{ height: 214 }} />}>
        <StackedChart label="Accepted messages over time, by what became of them" unit={`messages per ${ledger.resolution}`} formatTime={formatTime} formatTick={onAxis} {...chart} />
      </Suspense>
    </div>
  );
}
