import { between, type BetweenSpan, COUNTS_KEPT_MS, type DeliverySpan, deliveryRange, isBetween, momentsOf } from "~/api/delivery-range";
import { fromLocalField, toLocalField } from "~/lib/local-time";
import { minuteInWords } from "./delivery-words";

/** The fields of a range between two moments as they are typed, to the minute. */
export interface RangeFields {
  from: string;
  to: string;
}

/** Ranges are typed to the minute: nothing is counted by less. */
const field = (time: number | string): string => toLocalField(time).slice(0, "2026-03-01T08:00".length);

/** What is shown is what the fields begin with. */
export function initialRange(span: DeliverySpan, now: number): RangeFields {
  if (!isBetween(span)) return { from: field(deliveryRange(span, now).startTime), to: field(now) };
  const { start, end } = momentsOf(span);
  return { from: field(start), to: field(end) };
}

const MINUTE_MS = 60_000;
const firstMinuteKept = (now: number): number => Math.ceil((now - COUNTS_KEPT_MS) / MINUTE_MS) * MINUTE_MS;

/** The range that the fields say, or what is wrong with each of them. */
export function rangeOf(fields: RangeFields, now: number): { span: BetweenSpan } | { errors: Partial<RangeFields> } {
  const [from, to] = [fromLocalField(fields.from), fromLocalField(fields.to)].map((time) => (time === undefined ? undefined : Date.parse(time)));
  const errors: Partial<RangeFields> = {};
  if (from === undefined) errors.from = "Give the time at which the range begins.";
  else if (now - from > COUNTS_KEPT_MS) errors.from = `Counts are kept for 30 days. Give ${minuteInWords(firstMinuteKept(now))} or later.`;
  else if (from >= now) errors.from = "Give a start that lies in the past.";
  if (to === undefined) errors.to = "Give the time at which the range ends.";
  else if (to > now) errors.to = "Give an end that does not lie in the future.";
  else if (from !== undefined && from >= to) errors.to = "Give an end that is after the start.";
  return from === undefined || to === undefined || Object.keys(errors).length > 0 ? { errors } : { span: between(from, to) };
}
