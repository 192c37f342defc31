import { expect, it } from "vitest";
import { stringifyExact } from "~/lib/exact-json";
import { arrivalsUrl, detailOf, ledgerRange } from "./ledger";

const NOW = Date.parse("2026-03-02T10:30:40Z");

it("a span ends with the minute or hour that runs and has as many of them as it says", () => {
  expect(ledgerRange("1h", NOW)).toEqual({ from: "2026-03-02T09:31:00.000Z", resolution: "minute", hours: 1 });
  expect(ledgerRange("24h", NOW)).toEqual({ from: "2026-03-01T11:00:00.000Z", resolution: "hour", hours: 24 });
  expect(ledgerRange("30d", NOW).from).toBe("2026-01-31T11:00:00.000Z");
});

it("the event that a duplicate repeats keeps its digits", () => {
  const detail = detailOf('{"data":{"duplicate":{"id":"7"},"firstEvent":{"offset":3,"payload":{"n":9007199254740993}},"firstEventMissing":null}}');
  expect(detail.duplicate.id).toBe("7");
  expect(detail.firstEvent?.offset).toBe(3);
  expect(stringifyExact(detail.firstEvent?.payload ?? { kind: "literal", value: null }, 0)).toBe('{"n":9007199254740993}');
});

it("a duplicate whose first event is gone says why", () => {
  const detail = detailOf('{"data":{"duplicate":{"id":"7"},"firstEvent":null,"firstEventMissing":"It is no longer kept."}}');
  expect(detail).toEqual({ duplicate: { id: "7" }, firstEvent: null, firstEventMissing: "It is no longer kept." });
});

it("arrivals are those of one list and one source", () => {
  expect(arrivalsUrl("duplicates", "s 1")).toBe("/api/v1/events/stream?include=duplicates&sourceId=s+1");
  expect(arrivalsUrl("rejected")).toBe("/api/v1/events/stream?include=rejected");
});
