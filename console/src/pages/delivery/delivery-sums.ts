import type { DeliveryOverview, DeliveryStep, DeliveryTotals, Discard } from "~/api/delivery-model";
import { type DeliveryRange, stepsOf } from "~/api/delivery-range";

/** One step of one destination, with the range that was asked for. */
export type StepCounts = DeliveryOverview & { step: DeliveryStep; range: DeliveryRange };
export type Ends = Record<DeliveryStep, number>;

const NO_TOTALS: DeliveryTotals = { received: 0, filtered: 0, delivered: 0, failed: 0, expired: 0, waiting: 0, balanced: true };

/** Of several destinations together; each event counts once for each of them. */
export function sumOfTotals(all: readonly DeliveryTotals[]): DeliveryTotals {
  return all.reduce(
    (sum, totals) => ({
      received: sum.received + totals.received,
      filtered: sum.filtered + totals.filtered,
      delivered: sum.delivered + totals.delivered,
      failed: sum.failed + totals.failed,
      expired: sum.expired + totals.expired,
      waiting: sum.waiting + totals.waiting,
      balanced: sum.balanced && totals.balanced,
    }),
    NO_TOTALS,
  );
}

/** Each step's counts for every time of the range, also for those in which nothing happened. */
export function endsOverTime(counts: readonly StepCounts[]): { times: number[]; ends: Record<DeliveryStep, number[]> } {
  const newest = counts.reduce<DeliveryRange | undefined>((known, { range }) => (known && known.endTime >= range.endTime ? known : range), undefined);
  const times = newest ? stepsOf(newest) : [];
  const places = new Map(times.map((time, index) => [time, index]));
  const none = () => times.map(() => 0);
  const ends = { "successful-delivery": none(), "filtered-at-destination": none(), "failed-delivery": none() };
  for (const { step, dataset } of counts)
    for (const { series } of dataset)
      for (const { time, count } of series) {
        const place = places.get(Date.parse(time) / 1000);
        if (place !== undefined) ends[step][place] = (ends[step][place] ?? 0) + count;
      }
  return { times, ends };
}

const SAMPLES_MAX = 10;

/** Reasons of several destinations together, the most frequent first, each with its newest samples. */
export function reasonsOf(lists: readonly (readonly Discard[])[]): Discard[] {
  const reasons = new Map<string, Discard>();
  for (const discard of lists.flat()) {
    const key = `${discard.step} ${discard.discardReason}`;
    const known = reasons.get(key);
    if (!known) {
      reasons.set(key, discard);
      continue;
    }
    const samples = [...known.samples, ...discard.samples].sort((one, other) => other.receipt.at.localeCompare(one.receipt.at));
    reasons.set(key, { ...known, sentence: known.sentence ?? discard.sentence, total: known.total + discard.total, samples: samples.slice(0, SAMPLES_MAX) });
  }
  return [...reasons.values()].sort((one, other) => other.total - one.total);
}
