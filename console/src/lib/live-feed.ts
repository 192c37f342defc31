/**
 * What a live list shows and what waits behind it.
 *
 * Arrivals go to `shown`, newest first, unless the feed is held; then they wait in `waiting` and `behind` counts them. Both lists are
 * bounded: past the bound the oldest leave, while `behind` goes on counting, so the number a person reads is the true one.
 */
export interface LiveFeed<T> {
  readonly shown: readonly T[];
  readonly waiting: readonly T[];
  readonly behind: number;
  readonly held: boolean;
}

/** Ten thousand rows are more than a person scrolls and, at a kilobyte each, about ten megabytes. */
export const FEED_ROWS_MAX = 10_000;

export function emptyFeed<T>(held = false): LiveFeed<T> {
  return { shown: [], waiting: [], behind: 0, held };
}

/** Takes arrivals in the order they came, oldest first. */
export function arrive<T>(feed: LiveFeed<T>, arrivals: readonly T[], rowsMax = FEED_ROWS_MAX): LiveFeed<T> {
  if (arrivals.length === 0) return feed;
  const newestFirst = arrivals.toReversed();
  if (!feed.held) return { ...feed, shown: newestFirst.concat(feed.shown).slice(0, rowsMax) };
  return {
    ...feed,
    waiting: newestFirst.concat(feed.waiting).slice(0, rowsMax),
    behind: feed.behind + arrivals.length,
  };
}

export function hold<T>(feed: LiveFeed<T>): LiveFeed<T> {
  return feed.held ? feed : { ...feed, held: true };
}

/** Lets everything that waited into view. */
export function release<T>(feed: LiveFeed<T>, rowsMax = FEED_ROWS_MAX): LiveFeed<T> {
  if (!feed.held && feed.waiting.length === 0) return feed;
  return { shown: feed.waiting.concat(feed.shown).slice(0, rowsMax), waiting: [], behind: 0, held: false };
}

/** Shows what waited and stays held. */
export function catchUp<T>(feed: LiveFeed<T>, rowsMax = FEED_ROWS_MAX): LiveFeed<T> {
  return { ...release(feed, rowsMax), held: feed.held };
}
