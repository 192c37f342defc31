import { member, parseExact, toPlain, type ExactJson } from "~/lib/exact-json";
import { api, dataOf, textOf } from "./client";
import type { LiveEvent, RejectedMessage } from "./model";

/** What a person narrowed the live view to. It stands in the address, under the same names. */
export interface LiveFilter {
  sourceId?: string;
  type?: string;
  name?: string;
  userId?: string;
}

/** How many past events a live view starts with. */
export const LIVE_TAIL = 200;

export function liveStreamUrl(filter: LiveFilter): string {
  const query = new URLSearchParams({ include: "events,rejected", tail: String(LIVE_TAIL) });
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  return `/api/v1/events/stream?${query}`;
}

/** Reads an event with its payload exact: JSON.parse would round the numbers of the payload. */
export function eventOf(json: ExactJson): LiveEvent {
  if (json.kind !== "object") throw new TypeError("an event is an object");
  const payload = member(json, "payload") ?? { kind: "literal", value: null };
  const envelope: ExactJson = { kind: "object", entries: json.entries.filter(([key]) => key !== "payload") };
  return { ...(toPlain(envelope) as Omit<LiveEvent, "payload">), payload };
}

export const parseEvent = (data: string): LiveEvent => eventOf(parseExact(data));
export const parseRejected = (data: string): RejectedMessage => JSON.parse(data) as RejectedMessage;

/** The newest rejected messages, newest first. */
export const recentRejected = async (limit: number): Promise<RejectedMessage[]> =>
  (await dataOf(api.GET("/rejected", { params: { query: { limit } } }))).rejected;

/** The newest events that match, newest first. */
export async function recentEvents(query: LiveFilter & { messageId?: string; limit: number }): Promise<LiveEvent[]> {
  const text = await textOf(api.GET("/events", { params: { query }, parseAs: "text" }));
  const events = member(member(parseExact(text), "data"), "events");
  return events?.kind === "array" ? events.items.map(eventOf) : [];
}
