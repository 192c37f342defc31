import { useCallback, useEffect, useRef, useState } from "react";
import { type LiveFilter, liveStreamUrl, parseEvent, parseRejected } from "~/api/live";
import type { LiveEvent, RejectedMessage } from "~/api/model";
import { arrive, catchUp, emptyFeed, hold, type LiveFeed, release } from "~/lib/live-feed";
import { type StreamState, useEventStream } from "~/lib/use-event-stream";

/** Arrivals are shown in steps: often enough to feel live, seldom enough to stay cheap at thousands a second. */
const SHOW_EVERY_MS = 120;

export interface LiveFeeds {
  events: LiveFeed<LiveEvent>;
  rejected: LiveFeed<RejectedMessage>;
  stream: StreamState;
  /** Messages the server left out because they came faster than this page could read. */
  skipped: number;
  /** Shows what waited and stays held. */
  catchUp: () => void;
}

/** Follows the events and rejected messages that pass the filter. While `held`, nothing in the lists moves. */
export function useLiveFeeds(filter: LiveFilter, held: boolean): LiveFeeds {
  const url = liveStreamUrl(filter);
  const [events, setEvents] = useState(() => emptyFeed<LiveEvent>());
  const [rejected, setRejected] = useState(() => emptyFeed<RejectedMessage>());
  const [skipped, setSkipped] = useState(0);
  const arrived = useRef(new Arrivals());

  useEffect(() => {
    const arrivals = new Arrivals();
    arrived.current = arrivals;
    setEvents((feed) => emptyFeed(feed.held));
    setRejected((feed) => emptyFeed(feed.held));
    setSkipped(0);
    const timer = setInterval(() => {
      const { events, rejected } = arrivals.take();
      if (events.length > 0) setEvents((feed) => arrive(feed, events));
      if (rejected.length > 0) setRejected((feed) => arrive(feed, rejected));
    }, SHOW_EVERY_MS);
    return () => clearInterval(timer);
  }, [url]);

  useEffect(() => {
    setEvents(held ? hold : release);
    setRejected(held ? hold : release);
  }, [held]);

  const stream = useEventStream(url, {
    event: (data) => arrived.current.addEvent(parseEvent(data)),
    rejected: (data) => arrived.current.addRejected(parseRejected(data)),
    skipped: (data) => setSkipped((known) => known + ((JSON.parse(data) as { count: number }).count || 0)),
  });

  return {
    events,
    rejected,
    stream,
    skipped,
    catchUp: useCallback(() => {
      setEvents(catchUp);
      setRejected(catchUp);
    }, []),
  };
}

/** Gathers between two showings, and passes over what a reconnected stream sends again. */
class Arrivals {
  private events: LiveEvent[] = [];
  private rejected: RejectedMessage[] = [];
  private eventSeen = -1;
  private rejectedSeen = -1;

  addEvent(event: LiveEvent) {
    if (event.offset <= this.eventSeen) return;
    this.eventSeen = event.offset;
    this.events.push(event);
  }

  addRejected(message: RejectedMessage) {
    if (message.offset <= this.rejectedSeen) return;
    this.rejectedSeen = message.offset;
    this.rejected.push(message);
  }

  take(): { events: LiveEvent[]; rejected: RejectedMessage[] } {
    const taken = { events: this.events, rejected: this.rejected };
    this.events = [];
    this.rejected = [];
    return taken;
  }
}
