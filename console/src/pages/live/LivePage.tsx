import { Badge, Button, Drawer, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconFileSearch, IconFilterOff, IconPlayerPause, IconPlayerPlay, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { recentEvents, recentRejected } from "~/api/live";
import type { LiveEvent, RejectedMessage, Source } from "~/api/model";
import { sourcesQuery } from "~/api/queries";
import type { LiveSearch } from "~/app/router";
import { CodeBlock } from "~/components/CodeBlock";
import { EmptyState } from "~/components/EmptyState";
import { LinkButton } from "~/components/LinkButton";
import { Sentence } from "~/components/Sentence";
import { StatusDot } from "~/components/StatusDot";
import { Words } from "~/components/Words";
import { formatClock, formatCount, plural, shortenMiddle } from "~/lib/format";
import { curlSnippet, snippetTarget } from "~/snippets";
import { EventDetail, RejectedDetail } from "./Detail";
import { EventType, eventTitle } from "./EventType";
import { LiveFilters } from "./LiveFilters";
import { LiveList } from "./LiveList";
import listClasses from "./LiveList.module.css";
import classes from "./LivePage.module.css";
import { type LiveFeeds, useLiveFeeds } from "./use-live-feeds";

const route = getRouteApi("/signed-in/live");
/** How many of the newest rejected messages a link is looked for in; the most that the server gives at once. */
const LOOKED_THROUGH = 500;

/** Events as they arrive, and the rejected ones with the reason. */
export default function LivePage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/live" });
  const sources = useQuery(sourcesQuery).data ?? [];
  const [paused, setPaused] = useState(false);
  const [reading, setReading] = useState(false);
  const feeds = useLiveFeeds(
    { sourceId: search.source, type: search.type, name: search.name, userId: search.user },
    paused || reading,
  );
  const rejectedView = search.view === "rejected";
  const feed = rejectedView ? feeds.rejected : feeds.events;
  const narrow = useMediaQuery("(max-width: 62em)");
  const detail = useRef<HTMLDivElement>(null);

  useEffect(() => {
    document.title = "Live debugger · PrimeData";
  }, []);

  const change = (next: Partial<LiveSearch>) =>
    navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  const close = () => change({ open: undefined });

  const shownDetail = rejectedView ? (
    <OpenRejected open={search.open} rows={feeds.rejected.shown} sources={sources} onClose={close} />
  ) : (
    <OpenEvent open={search.open} rows={feeds.events.shown} sources={sources} onClose={close} />
  );

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div className={classes.titleRow}>
          <h1 className={classes.title}>Live debugger</h1>
          <LiveStatus stream={feeds.stream} paused={paused} behind={feed.behind} />
          <span className={classes.grow} />
          <Button
            variant="default"
            leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            onClick={() => setPaused(!paused)}
          >
            {paused ? "Resume" : "Pause"}
          </Button>
        </div>
        <LiveFilters search={search} sources={sources} onChange={(next) => change({ ...next, open: undefined })} />
        <Tabs
          value={rejectedView ? "rejected" : "events"}
          onChange={(view) => {
            setReading(false);
            void change({ view: view === "rejected" ? "rejected" : undefined, open: undefined });
          }}
        >
          <Tabs.List className={classes.tabs}>
            <Tabs.Tab value="events" rightSection={<Count of={feeds.events.shown.length} />}>
              Events
            </Tabs.Tab>
            <Tabs.Tab value="rejected" rightSection={<Count of={feeds.rejected.shown.length} bad />}>
              Rejected
            </Tabs.Tab>
          </Tabs.List>
        </Tabs>
      </div>
      {feeds.skipped > 0 && (
        <div className={classes.notice} role="status">
          {plural(feeds.skipped, "message")} came faster than this page can show and {feeds.skipped === 1 ? "was" : "were"} left out here. Nothing is lost on the server; a filter narrows
          the view.
        </div>
      )}
      <div className={classes.split} style={feed.shown.length === 0 ? { gridTemplateColumns: "minmax(0, 1fr)" } : undefined}>
        <section className={classes.listSide} aria-label={rejectedView ? "Rejected messages" : "Events"}>
          {feed.shown.length === 0 ? (
            <Nothing feeds={feeds} rejectedView={rejectedView} search={search} sources={sources} onClear={() => change({ name: undefined, user: undefined, type: undefined, source: undefined })} />
          ) : rejectedView ? (
            <LiveList
              label="Rejected messages, newest first"
              rejected
              rows={feeds.rejected.shown}
              columns={["Received", "Code", "Reason", "Source"]}
              selected={openOffset(search.open)}
              onSelect={(row) => change({ open: String(row.offset) })}
              onOpen={() => detail.current?.focus()}
              onReading={setReading}
              behind={feed.behind}
              onCatchUp={feeds.catchUp}
              cells={(row) => <RejectedCells row={row} sources={sources} />}
            />
          ) : (
            <LiveList
              label="Events, newest first"
              rows={feeds.events.shown}
              columns={["Received", "Type", "Name", "User", "Source"]}
              selected={openOffset(search.open)}
              onSelect={(row) => change({ open: `${row.offset}.${row.messageId}` })}
              onOpen={() => detail.current?.focus()}
              onReading={setReading}
              behind={feed.behind}
              onCatchUp={feeds.catchUp}
              cells={(row) => <EventCells row={row} sources={sources} />}
            />
          )}
        </section>
        {feed.shown.length > 0 &&
          (narrow ? (
            <Drawer.Root opened={search.open !== undefined} onClose={close} position="right" size="100%" padding={0}>
              <Drawer.Content aria-label="Detail">{shownDetail}</Drawer.Content>
            </Drawer.Root>
          ) : (
            <div className={classes.detailSide} ref={detail} tabIndex={-1} role="region" aria-label="Detail">
              {search.open !== undefined ? (
                shownDetail
              ) : (
                <div className={classes.hint}>
                  <EmptyState icon={IconFileSearch} title={rejectedView ? "Choose a message" : "Choose an event"}>
                    Click a row, or step through the list with the arrow keys.
                  </EmptyState>
                </div>
              )}
            </div>
          ))}
      </div>
    </div>
  );
}

function LiveStatus({ stream, paused, behind }: { stream: LiveFeeds["stream"]; paused: boolean; behind: number }) {
  const newer = behind > 0 ? `, ${formatCount(behind)} behind` : "";
  if (paused) return <StatusDot tone="warn">Paused{newer}</StatusDot>;
  if (stream === "lost") return <StatusDot tone="bad">Connection lost, trying again</StatusDot>;
  if (stream === "connecting") return <StatusDot tone="off">Connecting</StatusDot>;
  if (behind > 0) return <StatusDot tone="info">Held while you read{newer}</StatusDot>;
  return (
    <StatusDot tone="good" live>
      Live
    </StatusDot>
  );
}

function Count({ of, bad = false }: { of: number; bad?: boolean }) {
  if (of === 0) return null;
  return (
    <Badge size="sm" color={bad ? "red" : "gray"} className="tabular" style={{ color: bad ? "var(--pd-bad)" : "var(--mantine-color-text)" }}>
      {formatCount(of)}
    </Badge>
  );
}

function EventCells({ row, sources }: { row: LiveEvent; sources: Source[] }) {
  return (
    <>
      <span className={`${listClasses.time} tabular`}>{formatClock(row.receivedAt)}</span>
      <EventType type={row.type} />
      <span className={listClasses.name}>{eventTitle(row)}</span>
      <span className={`${listClasses.wideOnly} ${row.userId ? "" : listClasses.quiet}`} title={row.userId ?? row.anonymousId ?? undefined}>
        {row.userId ?? (row.anonymousId ? `anonymous ${shortenMiddle(row.anonymousId, 8)}` : "")}
      </span>
      <span className={`${listClasses.wideOnly} ${listClasses.quiet}`}>{nameOf(sources, row.sourceId)}</span>
    </>
  );
}

function RejectedCells({ row, sources }: { row: RejectedMessage; sources: Source[] }) {
  return (
    <>
      <span className={`${listClasses.time} tabular`}>{formatClock(row.receivedAt)}</span>
      <span className={listClasses.code}>{row.code}</span>
      <span>
        <Words>{row.sentence}</Words>
      </span>
      <span className={`${listClasses.wideOnly} ${listClasses.quiet}`}>{nameOf(sources, row.sourceId)}</span>
    </>
  );
}

interface OpenProps<T> {
  open: string | undefined;
  rows: readonly T[];
  sources: Source[];
  onClose: () => void;
}

/** The event named in the address: from the list, or from the server when a link brought it. */
function OpenEvent({ open, rows, sources, onClose }: OpenProps<LiveEvent>) {
  const offset = openOffset(open);
  const messageId = open?.slice(open.indexOf(".") + 1) ?? "";
  const listed = useMemo(() => rows.find((row) => row.offset === offset), [rows, offset]);
  const looked = useQuery({
    queryKey: ["events", "by-message", messageId],
    queryFn: () => recentEvents({ messageId, limit: 5 }),
    enabled: open !== undefined && !listed && messageId !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (open === undefined) return null;
  const event = listed ?? looked.data?.find((each) => each.offset === offset) ?? looked.data?.[0];
  if (event) return <EventDetail of={event} source={sources.find((source) => source.id === event.sourceId)} onClose={onClose} />;
  if (looked.isFetching) return null;
  return <Gone onClose={onClose} />;
}

function OpenRejected({ open, rows, sources, onClose }: OpenProps<RejectedMessage>) {
  const offset = openOffset(open);
  const listed = useMemo(() => rows.find((row) => row.offset === offset), [rows, offset]);
  const looked = useQuery({
    queryKey: ["rejected", "recent", offset],
    queryFn: () => recentRejected(LOOKED_THROUGH),
    enabled: open !== undefined && !listed,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (open === undefined) return null;
  const message = listed ?? looked.data?.find((row) => row.offset === offset);
  if (!message) return looked.isFetching ? null : <Gone onClose={onClose} />;
  return <RejectedDetail of={message} source={sources.find((source) => source.id === message.sourceId)} onClose={onClose} />;
}

function Gone({ onClose }: { onClose: () => void }) {
  return (
    <div style={{ padding: 20 }}>
      <Sentence
        tone="warn"
        reason="What this link shows is not among the recent messages any more."
        remedy="Older messages are in the archive, if the source has one."
        action={
          <Button size="compact-sm" variant="default" onClick={onClose}>
            Close
          </Button>
        }
      />
    </div>
  );
}

interface NothingProps {
  feeds: LiveFeeds;
  rejectedView: boolean;
  search: LiveSearch;
  sources: Source[];
  onClear: () => void;
}

function Nothing({ feeds, rejectedView, search, sources, onClear }: NothingProps) {
  const filtered = search.source || search.type || search.name || search.user;
  if (feeds.stream === "connecting") return <div aria-busy="true" />;
  if (filtered)
    return (
      <EmptyState
        icon={IconFilterOff}
        title={rejectedView ? "No rejected message matches" : "No event matches yet"}
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      >
        New ones that match appear here by themselves.
      </EmptyState>
    );
  if (rejectedView)
    return (
      <EmptyState icon={IconShieldCheck} title="Nothing was rejected">
        A message that breaks a rule stands here with the reason, what to do about it, and the original exactly as it arrived. The good messages sent
        with it go on.
      </EmptyState>
    );
  const source = sources.find((each) => each.enabled && each.keys.some((key) => key.enabled));
  const key = source?.keys.find((each) => each.enabled)?.key;
  return (
    <EmptyState
      icon={IconFileSearch}
      title="Waiting for the first event"
      action={
        !key && (
          <LinkButton to="/sources/new">
            Add a source
          </LinkButton>
        )
      }
      more={key && <CodeBlock title="Send one from a terminal" showTitle code={curlSnippet(snippetTarget(window.location.origin, key))} />}
    >
      Each event appears here the moment it is processed, with all it carries.{" "}
      {source && (
        <>
          Paste this, or take a snippet from <Link to="/sources/$sourceId" params={{ sourceId: source.id }}>{source.name}</Link>.
        </>
      )}
    </EmptyState>
  );
}

function nameOf(sources: Source[], id: string): string {
  return sources.find((source) => source.id === id)?.name ?? shortenMiddle(id, 10);
}

function openOffset(open: string | undefined): number | undefined {
  const offset = Number.parseInt(open ?? "", 10);
  return Number.isNaN(offset) ? undefined : offset;
}
