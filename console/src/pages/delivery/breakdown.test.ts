import { expect, it } from "vitest";
import type { DeliverySeries, DeliveryStep } from "~/api/delivery-model";
import { deliveryRange, rangeBefore } from "~/api/delivery-range";
import { type BreakdownCounts, groupsOf } from "./breakdown";
import { changeInFull, changeInWords, percentOf } from "./change-words";

const NOW = Date.parse("2026-03-31T12:34:56.000Z");
/** 12:25 to 12:35; the minute from 12:34 on runs. */
const range = deliveryRange("10m", NOW);
const earlier = { startTime: "2026-03-31T12:15:00.000Z", endTime: "2026-03-31T12:25:00.000Z", granularity: "MINUTE" as const };

/** Counts of an event name by the minute of the hour. */
const row = (eventName: string, minutes: Record<number, number>): DeliverySeries => ({
  eventName,
  total: Object.values(minutes).reduce((sum, count) => sum + count, 0),
  series: Object.entries(minutes).map(([minute, count]) => ({ time: `2026-03-31T12:${minute}:00.000Z`, count })),
});
const counts = (step: DeliveryStep, now: DeliverySeries[], before: DeliverySeries[] | null, more: { now?: string; before?: string } = {}): BreakdownCounts => ({
  step,
  range,
  askedAt: NOW,
  total: 0,
  dataset: now,
  pagination: { next: more.now },
  before: before && { range: earlier, total: 0, dataset: before, pagination: { next: more.before } },
});
const change = (...all: BreakdownCounts[]) => {
  const group = groupsOf(all, "eventName").find(({ value }) => value === "A");
  if (!group) throw new Error("there is no such row");
  return group.change;
};

it("a breakdown has one row for each value, with every end", () => {
  const groups = groupsOf([counts("successful-delivery", [row("A", { 26: 3 }), row("B", { 26: 1 })], []), counts("failed-delivery", [row("B", { 27: 9 })], [])], "eventName");
  expect(groups.map(({ value, total }) => [value, total])).toEqual([["B", 10], ["A", 3]]);
  expect(groups[0]?.ends).toEqual({ "successful-delivery": 1, "filtered-at-destination": 0, "failed-delivery": 9 });
});

it("the time before is the one that the server was asked for", () => {
  expect(rangeBefore(range, NOW)).toEqual(earlier);
});

it("a change is the one of all ends and destinations together", () => {
  const more = change(
    counts("successful-delivery", [row("A", { 26: 60 })], [row("A", { 16: 90 })]),
    counts("failed-delivery", [row("A", { 27: 52 })], [row("A", { 18: 10 })]),
    counts("successful-delivery", [], []),
  );
  expect(more).toEqual({ kind: "by", now: 112, before: 100 });
  expect([changeInWords(more), changeInFull(more), percentOf(more)]).toEqual(["+12 %", "12 % more than in the time before: 112 events instead of 100.", 12]);
});

it("the step that runs is compared with nothing: what comes steadily has not changed", () => {
  const now = row("A", { 25: 10, 26: 10, 27: 10, 28: 10, 29: 10, 30: 10, 31: 10, 32: 10, 33: 10, 34: 1 });
  const before = row("A", { 15: 10, 16: 10, 17: 10, 18: 10, 19: 10, 20: 10, 21: 10, 22: 10, 23: 10, 24: 10 });
  const steady = change(counts("successful-delivery", [now], [before]));
  expect([changeInWords(steady), changeInFull(steady)]).toEqual(["0 %", "As many as in the time before: 90 events instead of 90."]);
});

it("a range that begins within a step leaves out the one that runs, too", () => {
  const custom = { ...range, startTime: "2026-03-31T12:24:30.000Z", endTime: "2026-03-31T12:34:30.000Z" };
  const before = rangeBefore(custom, NOW);
  const all = { ...counts("successful-delivery", [row("A", { 24: 2, 34: 5 })], null), range: custom };
  expect(change({ ...all, before: before ? { range: before, total: 0, dataset: [row("A", { 13: 1, 23: 7 })], pagination: {} } : null })).toEqual({ kind: "by", now: 2, before: 1 });
});

it("what there was none of before is new, however much there is", () => {
  const fresh = change(counts("successful-delivery", [row("A", { 34: 5 })], [row("B", { 16: 1 })]));
  expect([changeInWords(fresh), changeInFull(fresh), percentOf(fresh)]).toEqual(["new", "New: there were none in the time before.", undefined]);
});

it("what there was only in the last step before is no news", () => {
  expect(change(counts("successful-delivery", [row("A", { 26: 2 })], [row("A", { 24: 4 })]))).toEqual({ kind: "by", now: 2, before: 4 });
});

it("nothing is claimed where the time before is no longer kept", () => {
  const unknown = change(counts("successful-delivery", [row("A", { 26: 2 })], null));
  expect([changeInWords(unknown), changeInFull(unknown)]).toEqual(["–", "Not known: the time before is no longer kept."]);
});

it("a value that was not among those told is not taken for new", () => {
  const unknown = { kind: "unknown", why: "too many" };
  expect(change(counts("successful-delivery", [row("A", { 26: 2 })], [row("B", { 16: 3 })], { before: "next" }))).toEqual(unknown);
  expect(change(counts("successful-delivery", [row("A", { 26: 2 })], [row("A", { 16: 3 })]), counts("failed-delivery", [], [], { now: "next" }))).toEqual(unknown);
  expect(change(counts("successful-delivery", [row("A", { 26: 2 })], [row("A", { 16: 1 })], { before: "next" }))).toEqual({ kind: "by", now: 2, before: 1 });
});

it("a change is told as exactly as it is read", () => {
  const words = (now: number, before: number) => changeInWords({ kind: "by", now, before });
  expect([words(97, 100), words(965, 1000), words(0, 7), words(5_000, 100), words(100_001, 100_000)]).toEqual(["−3 %", "−3.5 %", "−100 %", "+4,900 %", "0 %"]);
  expect(changeInFull({ kind: "by", now: 1, before: 3_000 })).toBe("99.9 % less than in the time before: 1 event instead of 3,000.");
  expect(changeInFull({ kind: "by", now: 100_001, before: 100_000 })).toBe("About as many as in the time before: 100,001 events instead of 100,000.");
});
