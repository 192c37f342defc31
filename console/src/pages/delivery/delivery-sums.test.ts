import { expect, it } from "vitest";
import type { DeliveryStep, Discard } from "~/api/delivery-model";
import { endsOverTime, reasonsOf, type StepCounts, sumOfTotals } from "./delivery-sums";

const range = { startTime: "2026-03-31T11:00:00.000Z", endTime: "2026-03-31T11:03:00.000Z", granularity: "MINUTE" as const };
const counts = (step: DeliveryStep, rows: { total: number; at?: string }[]): StepCounts => ({
  step,
  range,
  total: rows.reduce((sum, row) => sum + row.total, 0),
  dataset: rows.map(({ total, at = range.startTime }) => ({ total, series: [{ time: at, count: total }] })),
  pagination: {},
});
const totals = { received: 10, filtered: 1, delivered: 5, failed: 2, expired: 1, waiting: 1, balanced: true };
const discard = (total: number, at: string, sentence: string | null): Discard => ({
  step: "failed-delivery",
  discardReason: "400",
  sentence,
  total,
  samples: [{ receipt: { at } as Discard["samples"][number]["receipt"], attempt: null }],
});

it("sums of destinations add up where each of them does", () => {
  expect(sumOfTotals([totals, totals])).toEqual({ received: 20, filtered: 2, delivered: 10, failed: 4, expired: 2, waiting: 2, balanced: true });
  expect(sumOfTotals([totals, { ...totals, balanced: false }]).balanced).toBe(false);
  expect(sumOfTotals([]).received).toBe(0);
});

it("times in which nothing happened stand in the chart", () => {
  const { times, ends } = endsOverTime([
    counts("successful-delivery", [{ total: 3, at: "2026-03-31T11:01:00.000Z" }]),
    counts("successful-delivery", [{ total: 4, at: "2026-03-31T11:01:00.000Z" }]),
    counts("failed-delivery", [{ total: 1 }]),
  ]);
  expect(times).toHaveLength(3);
  expect(ends).toEqual({ "successful-delivery": [0, 7, 0], "filtered-at-destination": [0, 0, 0], "failed-delivery": [1, 0, 0] });
});

it("a destination that was asked a moment earlier does not shift the chart", () => {
  const earlier = { ...counts("failed-delivery", [{ total: 2, at: "2026-03-31T11:02:00.000Z" }]), range: { ...range, endTime: "2026-03-31T11:02:00.000Z" } };
  expect(endsOverTime([earlier, counts("failed-delivery", [{ total: 1 }])]).ends["failed-delivery"]).toEqual([1, 0, 2]);
});

it("the same reason at two destinations is one reason with the newest samples first", () => {
  const [reason, ...others] = reasonsOf([[discard(2, "2026-03-31T11:00:00.000Z", null)], [discard(5, "2026-03-31T11:01:00.000Z", "Refused.")]]);
  expect(others).toEqual([]);
  expect(reason).toMatchObject({ total: 7, sentence: "Refused." });
  expect(reason?.samples.map((sample) => sample.receipt.at)).toEqual(["2026-03-31T11:01:00.000Z", "2026-03-31T11:00:00.000Z"]);
});
