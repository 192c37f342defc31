import { expect, it } from "vitest";
import { stringifyExact } from "~/lib/exact-json";
import { liveStreamUrl, parseEvent } from "./live";

it("an event from the stream keeps the digits of its payload while its envelope is plain", () => {
  const event = parseEvent('{"offset":7,"receivedAt":"2026-01-01T00:00:00Z","type":"track","payload":{"id":9007199254740993,"offset":1.0}}');
  expect(event.offset).toBe(7);
  expect(stringifyExact(event.payload, 0)).toBe('{"id":9007199254740993,"offset":1.0}');
});

it("the stream's address carries the filter and nothing that is not set", () => {
  const url = new URL(liveStreamUrl({ type: "track", name: "Größe & Co", userId: "" }), "http://console.invalid");
  expect(Object.fromEntries(url.searchParams)).toEqual({ include: "events,rejected", tail: "200", type: "track", name: "Größe & Co" });
});
