import { Button, Drawer, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilterOff, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import type { ProfileDetail, ProfileEvent, Source } from "~/api/model";
import { profileEventsQuery } from "~/api/people";
import { sourcesQuery } from "~/api/queries";
import type { ProfileSearch } from "~/app/router";
import { PAGE_SEARCH } from "~/app/Shell";
import { ByHand } from "~/components/ByHand";
import { EmptyState } from "~/components/EmptyState";
import { IdentifierName } from "~/components/IdentifierName";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { formatClock, formatExactTime } from "~/lib/format";
import { EVENT_TYPES, EventType, eventTitle } from "~/pages/live/EventType";
import { byDay } from "./days";
import { ProfileEventDetail } from "./ProfileEventDetail";
import classes from "./EventsTab.module.css";
import { sourceLabel } from "./source-label";

const route = getRouteApi("/signed-in/profiles/$profileId");
/** Typing shows at once; the address and the list follow when the fingers rest. */
const TYPING_RESTS_MS = 300;

/** All that a profile ever did, the newest first. */
export function EventsTab({ profile }: { profile: ProfileDetail }) {
  const { type, name, open } = route.useSearch();
  const navigate = useNavigate({ from: "/profiles/$profileId" });
  const query = useInfiniteQuery(profileEventsQuery(profile.id, { type, name }));
  const sources = useQuery(sourcesQuery).data;
  const events = useMemo(() => query.data?.pages.flatMap((page) => page.events) ?? [], [query.data]);
  const change = (next: Partial<ProfileSearch>) => navigate({ search: (known) => ({ ...known, ...next }), replace: true, resetScroll: false });
  const opened = events.find((event) => event.messageId === open);
  return (
    <Panel flush>
      <div className={classes.filters} role="search" aria-label="Filter">
        <NameFilter value={name} onChange={(next) => change({ name: next })} />
        <Select
          size="xs"
          aria-label="Type"
          placeholder="Any type"
          clearable
          clearButtonProps={{ "aria-label": "Any type" }}
          data={EVENT_TYPES.map((each) => ({ value: each, label: each }))}
          value={type ?? null}
          onChange={(next) => change({ type: next ?? undefined })}
        />
        <div className={classes.hand}>
          <ByHand
            call={{
              method: "GET",
              path: `/profiles/${profile.id}/events${type || name ? `?${new URLSearchParams({ ...(type && { type }), ...(name && { name }) })}` : ""}`,
              command: ["profile", "events", profile.id, ...(type ? ["--type", type] : []), ...(name ? ["--name", name] : [])],
            }}
          />
        </div>
      </div>
      <QueryView query={query}>
        {() => (
          <>
            {events.length === 0 && !query.hasNextPage ? (
              <EmptyState
                icon={IconFilterOff}
                title="No event matches"
                action={
                  <Button variant="default" onClick={() => change({ type: undefined, name: undefined })}>
                    Clear filters
                  </Button>
                }
              >
                Names are compared as a whole and letter by letter. Page and screen calls are called “Page Viewed” and “Screen Viewed”.
              </EmptyState>
            ) : (
              <Timeline events={events} sources={sources} open={open} onOpen={(event) => change({ open: event.messageId })} />
            )}
            {query.hasNextPage && (
              <div className={classes.older}>
                <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                  Show older ones
                </Button>
              </div>
            )}
          </>
        )}
      </QueryView>
      <Drawer.Root opened={opened !== undefined} onClose={() => change({ open: undefined })} position="right" size="min(720px, 100%)" padding={0}>
        <Drawer.Overlay backgroundOpacity={0.35} />
        <Drawer.Content aria-label="Detail">
          {opened && <ProfileEventDetail event={opened} sources={sources ?? []} onClose={() => change({ open: undefined })} />}
        </Drawer.Content>
      </Drawer.Root>
    </Panel>
  );
}

interface TimelineProps {
  events: ProfileEvent[];
  sources: Source[] | undefined;
  open: string | undefined;
  onOpen: (event: ProfileEvent) => void;
}

function Timeline({ events, sources, open, onOpen }: TimelineProps) {
  return (
    <div onKeyDown={moveBetweenRows}>
      {byDay(events).map((day) => (
        <section key={`${day.label} ${day.events[0]?.messageId}`} aria-label={day.label}>
          <h2 className={classes.day}>{day.label}</h2>
          <ol className={classes.list}>
            {day.events.map((event) => (
              <li key={`${event.messageId} ${event.timestamp}`}>
                <button type="button" className={classes.event} data-row-link aria-current={event.messageId === open || undefined} onClick={() => onOpen(event)}>
                  <time dateTime={event.timestamp} title={formatExactTime(event.timestamp)} className={`tabular ${classes.time}`}>
                    {formatClock(event.timestamp)}
                  </time>
                  <span className={classes.title}>{eventTitle(event)}</span>
                  <span className={classes.type}>
                    <EventType type={event.type} />
                  </span>
                  <span className={classes.owner}>{event.owner && <IdentifierName of={event.owner} keep={14} />}</span>
                  <span className={classes.source}>{sourceLabel(sources, event.sourceId)}</span>
                </button>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

/** Arrow keys step through the events; Enter then opens one by itself. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!step) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-link]")];
  const next = rows[rows.indexOf(event.target as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function NameFilter({ value = "", onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), TYPING_RESTS_MS);
  useEffect(() => setTyped((known) => (known.trim() === value ? known : value)), [value]);
  return (
    <TextInput
      size="xs"
      aria-label="Event name"
      placeholder="Event name"
      leftSection={<IconSearch size={14} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      {...{ [PAGE_SEARCH]: "" }}
    />
  );
}
