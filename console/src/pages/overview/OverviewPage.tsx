import { SegmentedControl } from "@mantine/core";
import { IconAlertTriangle, IconBroadcast, IconChevronRight, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Attention, Overview, OverviewTick, SourceActivity, DestinationActivity, Totals, Journal } from "~/api/model";
import { overviewQuery, overviewSeriesQuery, sourcesQuery } from "~/api/queries";
import { CodeBlock } from "~/components/CodeBlock";
import { type DataColumn, DataTable } from "~/components/DataTable";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sparkline } from "~/components/Sparkline";
import { StatusDot, type Tone } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { Words } from "~/components/Words";
import { formatAgo, formatBytes, formatCount, formatRate, plural } from "~/lib/format";
import { useEventStream } from "~/lib/use-event-stream";
import { curlSnippet, snippetTarget } from "~/snippets";
import classes from "./OverviewPage.module.css";
import { type RateHistory, useRateHistory } from "./rate-history";

const LineChart = lazy(() => import("~/components/LineChart"));

/** What happens now. */
export default function OverviewPage() {
  const overview = useQuery(overviewQuery);
  const [tick, setTick] = useState<OverviewTick>();
  const [history, addTick] = useRateHistory();
  const stream = useEventStream("/api/v1/overview/stream", {
    overview: (data) => {
      const next = JSON.parse(data) as OverviewTick;
      addTick(next);
      setTick(next);
    },
  });

  return (
    <Page
      title="Overview"
      beside={
        stream === "open" ? (
          <StatusDot tone="good" live>
            Live
          </StatusDot>
        ) : (
          <StatusDot tone={stream === "lost" ? "bad" : "off"}>{stream === "lost" ? "Connection lost, trying again" : "Connecting"}</StatusDot>
        )
      }
      description={
        overview.data
          ? `Counted since the server started ${formatAgo(overview.data.startedAt)}.`
          : "What is accepted, processed and delivered, as it happens."
      }
    >
      {/* Ticks stay apart from what was asked: each one written into the query would put off its next refresh. */}
      <QueryView query={overview}>{(asked) => <Now overview={{ ...asked, ...tick }} history={history} />}</QueryView>
    </Page>
  );
}

function Now({ overview, history }: { overview: Overview; history: RateHistory }) {
  const { totals, sources, destinations, journal, attention } = overview;
  return (
    <>
      <AttentionList items={attention} />
      {totals.accepted === 0 && sources.length > 0 && <FirstEvent />}
      <Throughput overview={overview} history={history} />
      <div className={classes.columns}>
        <Funnel totals={totals} journal={journal} />
        <Destinations rows={destinations} sources={sources} />
      </div>
      <Sources rows={sources} />
    </>
  );
}

/** What to do on a server that has not taken anything since it started. */
function FirstEvent() {
  const source = useQuery(sourcesQuery).data?.find((each) => each.enabled && each.keys.some((key) => key.enabled));
  const key = source?.keys.find((each) => each.enabled)?.key;
  if (!source || !key) return null;
  return (
    <Panel
      title="Send an event"
      description={
        <>
          Nothing has come in since the server started. Paste this into a terminal and watch it arrive here, or take the snippet for your code from{" "}
          <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>
            {source.name}
          </Link>
          .
        </>
      }
    >
      <CodeBlock title="Terminal" code={curlSnippet(snippetTarget(window.location.origin, key))} />
    </Panel>
  );
}

function AttentionList({ items }: { items: Attention[] }) {
  if (items.length === 0) return null;
  return (
    <Panel title="Needs a person" flush>
      <ul className={classes.attention}>
        {items.map((item) => {
          const content = (
            <>
              <IconAlertTriangle size={17} color="var(--pd-warn)" aria-hidden />
              <span style={{ flex: 1 }}>
                <Words>{item.sentence}</Words>
              </span>
              {item.link && <IconChevronRight size={16} color="var(--mantine-color-dimmed)" aria-hidden />}
            </>
          );
          return (
            <li key={`${item.kind} ${item.sentence}`}>{item.link ? <Link {...placeOf(item.link)}>{content}</Link> : <div>{content}</div>}</li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** A link of the server as a place of the console, its query apart. */
function placeOf(link: string): { to: string; search: Record<string, string> } {
  const url = new URL(link, "http://console.invalid");
  return { to: url.pathname, search: Object.fromEntries(url.searchParams) };
}

interface Figure {
  key: "accepted" | "processed" | "delivered" | "duplicates" | "rejected";
  label: string;
  tone: Tone;
  dash?: number[];
  /** Where the events behind the number are. */
  open: { to: "/live" | "/destinations" | "/sources" | "/duplicates"; search?: { view: "rejected" } };
}

const FIGURES: Figure[] = [
  { key: "accepted", label: "Accepted", tone: "info", open: { to: "/sources" } },
  { key: "processed", label: "Processed", tone: "off", dash: [6, 3], open: { to: "/live" } },
  { key: "delivered", label: "Delivered", tone: "good", open: { to: "/destinations" } },
  { key: "duplicates", label: "Duplicates", tone: "warn", dash: [2, 3], open: { to: "/duplicates" } },
  { key: "rejected", label: "Rejected", tone: "bad", open: { to: "/duplicates", search: { view: "rejected" } } },
];

function Throughput({ overview, history }: { overview: Overview; history: RateHistory }) {
  const [span, setSpan] = useState("live");
  const minutes = span === "live" ? 60 : Number(span);
  const series = useQuery({ ...overviewSeriesQuery(minutes), enabled: span !== "live" });
  const chart = useMemo(() => {
    if (span === "live") return { times: history.times, lines: FIGURES.map((figure) => ({ ...figure, values: history.values[figure.key] })) };
    const points = series.data ?? [];
    return {
      times: points.map((point) => Date.parse(point.time) / 1000),
      lines: FIGURES.map((figure) => ({ ...figure, values: points.map((point) => point[figure.key]) })),
    };
  }, [span, history, series.data]);

  return (
    <Panel
      title="Throughput"
      flush
      actions={
        <SegmentedControl
          aria-label="Time range"
          value={span}
          onChange={setSpan}
          data={[
            { value: "live", label: "Live" },
            { value: "60", label: "1 hour" },
            { value: "360", label: "6 hours" },
            { value: "1440", label: "1 day" },
          ]}
        />
      }
    >
      <div className={classes.figures}>
        {FIGURES.map(({ key, label, tone, open }) => (
          <Link key={key} className={classes.figure} {...open}>
            <span className={classes.label}>
              <span className={classes.swatch} style={{ background: `var(--pd-${tone}-dot)` }} aria-hidden />
              {label}
            </span>
            <span className={`${classes.value} tabular`}>
              {formatRate(overview.rates[key] ?? 0)} <small>per second</small>
            </span>
          </Link>
        ))}
      </div>
      <div className={classes.chart}>
        <Suspense fallback={<div style={{ height: 222 }} />}>
          <LineChart
            label="Events over time"
            unit={span === "live" ? "events per second" : "events per minute"}
            times={chart.times}
            lines={chart.lines}
          />
        </Suspense>
      </div>
    </Panel>
  );
}

function Funnel({ totals, journal }: { totals: Totals; journal: Journal }) {
  const waiting = Math.max(0, totals.accepted - totals.processed - totals.duplicates - totals.rejected);
  const share = (count: number) => `${totals.accepted > 0 ? (100 * count) / totals.accepted : 0}%`;
  return (
    <Panel title="From accepted to delivered" description="Where events are now, and where they fell out.">
      <ol className={classes.funnel}>
        <li className={classes.step}>
          <span className={classes.stepName}>Accepted</span>
          <span className={`${classes.stepCount} tabular`}>{formatCount(totals.accepted)}</span>
          <span className={classes.bar} aria-hidden>
            <span style={{ width: share(totals.accepted), background: "var(--pd-info-dot)" }} />
          </span>
          <span className={classes.stepText}>In {plural(totals.requests, "request")}, safe on disk before they were answered.</span>
        </li>
        <li className={classes.step}>
          <Link to="/live" className={classes.stepName} style={{ color: "inherit" }}>
            Processed
          </Link>
          <span className={`${classes.stepCount} tabular`}>{formatCount(totals.processed)}</span>
          <span className={classes.bar} aria-hidden>
            <span style={{ width: share(totals.processed), background: "var(--pd-info-dot)" }} />
            <span style={{ width: share(totals.duplicates), background: "var(--pd-warn-dot)" }} />
            <span style={{ width: share(totals.rejected), background: "var(--pd-bad-dot)" }} />
          </span>
          <span className={classes.stepText}>
            {totals.duplicates > 0 ? <Link to="/duplicates">{plural(totals.duplicates, "duplicate")}</Link> : "No duplicates"},{" "}
            {totals.rejected > 0 ? (
              <Link to="/duplicates" search={{ view: "rejected" }}>
                {formatCount(totals.rejected)} rejected
              </Link>
            ) : (
              "none rejected"
            )}
            {waiting > 0 ? `, ${formatCount(waiting)} waiting` : ", none waiting"}. The journal holds {formatBytes(journal.bytes)} of{" "}
            {formatBytes(journal.bytesMax)}.
          </span>
        </li>
        <li className={classes.step}>
          <Link to="/destinations" className={classes.stepName} style={{ color: "inherit" }}>
            Delivered
          </Link>
          <span className={`${classes.stepCount} tabular`}>{formatCount(totals.delivered)}</span>
          <span className={classes.bar} aria-hidden>
            <span style={{ width: share(Math.min(totals.delivered, totals.accepted)), background: "var(--pd-good-dot)" }} />
            <span style={{ width: share(totals.failed), background: "var(--pd-bad-dot)" }} />
          </span>
          <span className={classes.stepText}>
            {totals.failed > 0 ? <Link to="/destinations">{formatCount(totals.failed)} failed</Link> : "None failed"}. {formatCount(totals.archived)}{" "}
            archived on top.
          </span>
        </li>
      </ol>
    </Panel>
  );
}

const destinationColumns = (sources: SourceActivity[]): DataColumn<DestinationActivity>[] => [
  { id: "name", header: "Destination", value: (row) => row.name },
  { id: "source", header: "From source", value: (row) => sources.find((source) => source.id === row.sourceId)?.name, secondary: true },
  {
    id: "delivered",
    header: "Delivered",
    value: (row) => row.delivered + row.archived,
    cell: (row) => formatCount(row.delivered + row.archived),
    align: "end",
  },
  {
    id: "failed",
    header: "Failed",
    value: (row) => row.failed,
    cell: (row) => (row.failed > 0 ? <span style={{ color: "var(--pd-bad)" }}>{formatCount(row.failed)}</span> : "0"),
    align: "end",
  },
  { id: "behind", header: "Behind", value: (row) => row.behind, cell: (row) => formatCount(row.behind ?? 0), align: "end" },
];

function Destinations({ rows, sources }: { rows: DestinationActivity[]; sources: SourceActivity[] }) {
  const columns = useMemo(() => destinationColumns(sources), [sources]);
  return (
    <Panel title="Destinations" flush>
      {rows.length === 0 ? (
        <EmptyState
          icon={IconSend}
          title="Nothing is delivered yet"
          action={
            <LinkButton to="/destinations/new" variant="default">
              Add a destination
            </LinkButton>
          }
        >
          A destination receives each processed event of a source: your own server through a webhook, or an archive of files.
        </EmptyState>
      ) : (
        <DataTable label="Destinations" rows={rows} columns={columns} rowKey={(row) => row.id} rowLink={(row) => `/destinations/${row.id}`} />
      )}
    </Panel>
  );
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

const SOURCE_COLUMNS: DataColumn<SourceActivity>[] = [
  { id: "name", header: "Source", value: (row) => row.name },
  {
    id: "hour",
    header: "Last hour",
    value: (row) => sum(row.processedByMinute),
    cell: (row) => <Sparkline values={row.processedByMinute} label={`${plural(sum(row.processedByMinute), "event")} in the last hour`} />,
    secondary: true,
  },
  { id: "accepted", header: "Accepted", value: (row) => row.accepted, cell: (row) => formatCount(row.accepted), align: "end", secondary: true },
  { id: "processed", header: "Processed", value: (row) => row.processed, cell: (row) => formatCount(row.processed), align: "end" },
  {
    id: "duplicates",
    header: "Duplicates",
    value: (row) => row.duplicates,
    cell: (row) =>
      row.duplicates > 0 ? (
        <Link to="/duplicates" search={{ source: row.id }}>
          {formatCount(row.duplicates)}
        </Link>
      ) : (
        "0"
      ),
    align: "end",
    secondary: true,
  },
  {
    id: "rejected",
    header: "Rejected",
    value: (row) => row.rejected,
    cell: (row) =>
      row.rejected > 0 ? (
        <Link to="/duplicates" search={{ source: row.id, view: "rejected" }} style={{ color: "var(--pd-bad)" }}>
          {formatCount(row.rejected)}
        </Link>
      ) : (
        "0"
      ),
    align: "end",
  },
  {
    id: "lastEventAt",
    header: "Last event",
    value: (row) => row.lastEventAt,
    cell: (row) => <TimeAgo time={row.lastEventAt} />,
    align: "end",
  },
];

function Sources({ rows }: { rows: SourceActivity[] }) {
  return (
    <Panel title="Sources" flush>
      {rows.length === 0 ? (
        <EmptyState
          icon={IconBroadcast}
          title="No source yet"
          action={
            <LinkButton to="/sources/new">
              Add a source
            </LinkButton>
          }
        >
          A source is a place events come from: a website, an app, a server. It has a write key and a snippet to paste.
        </EmptyState>
      ) : (
        <DataTable label="Sources" rows={rows} columns={SOURCE_COLUMNS} rowKey={(row) => row.id} rowLink={(row) => `/sources/${row.id}`} />
      )}
    </Panel>
  );
}
