import type { DeliveryOverview, DeliverySeries, Dimension } from "~/api/delivery-model";
import { type DeliveryRange, elapsedOf, startOf } from "~/api/delivery-range";
import type { Ends, StepCounts } from "./delivery-sums";

/** One step of one destination taken apart, with the range before: null where that is no longer kept. */
export type BreakdownCounts = StepCounts & { askedAt: number; before: (DeliveryOverview & { range: DeliveryRange }) | null };

/** How many events there are against the same length of time just before. */
export type Change =
  | { kind: "by"; now: number; before: number }
  /** There were none before. */
  | { kind: "new" }
  /** The time before is no longer kept, or there are too many values to have been told this one. */
  | { kind: "unknown"; why: "not kept" | "too many" };

/** A value of a dimension, with how many came to which end. */
export interface Group {
  value: string;
  ends: Ends;
  total: number;
  change: Change;
}

/** The values of a dimension over all steps and destinations, the most frequent first. */
export function groupsOf(counts: readonly BreakdownCounts[], by: Dimension): Group[] {
  const groups = new Map<string, Omit<Group, "change">>();
  for (const { step, dataset } of counts)
    for (const row of dataset) {
      const value = row[by] ?? "";
      const group = groups.get(value) ?? { value, ends: { "successful-delivery": 0, "filtered-at-destination": 0, "failed-delivery": 0 }, total: 0 };
      group.ends[step] += row.total;
      group.total += row.total;
      groups.set(value, group);
    }
  return [...groups.values()].map((group) => ({ ...group, change: changeOf(counts, by, group.value) })).sort((one, other) => other.total - one.total);
}

/** The step that runs would be compared with a whole one: it is left out, and so is its like before. */
function changeOf(counts: readonly BreakdownCounts[], by: Dimension, value: string): Change {
  const now = { whole: 0, elapsed: 0 };
  const before = { whole: 0, elapsed: 0 };
  for (const each of counts) {
    if (!each.before) return { kind: "unknown", why: "not kept" };
    const elapsed = elapsedOf(each.range, each.askedAt);
    for (const [sum, told] of [[now, each] as const, [before, each.before] as const]) {
      const row = told.dataset.find((row) => (row[by] ?? "") === value);
      if (!row && told.pagination.next) return { kind: "unknown", why: "too many" };
      sum.whole += row?.total ?? 0;
      sum.elapsed += row ? countWithin(row, told.range, elapsed) : 0;
    }
  }
  if (before.elapsed > 0) return { kind: "by", now: now.elapsed, before: before.elapsed };
  return before.whole > 0 ? { kind: "by", now: now.whole, before: before.whole } : { kind: "new" };
}

/** Those of a row in the first so many milliseconds of its range. */
function countWithin({ series }: DeliverySeries, range: DeliveryRange, elapsedMs: number): number {
  const until = startOf(range) + elapsedMs;
  return series.reduce((sum, { time, count }) => (Date.parse(time) < until ? sum + count : sum), 0);
}
