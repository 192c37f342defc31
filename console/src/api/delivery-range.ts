/** Lengths of time that end now. */
export const DELIVERY_SPANS = ["10m", "1h", "24h", "7d", "14d", "30d"] as const;
export type LastSpan = (typeof DELIVERY_SPANS)[number];
/** Between two moments in UTC, written as ISO 8601 has it: `2026-03-01T08:00:00Z/2026-03-02T08:00:00Z`. */
export type BetweenSpan = `${string}/${string}`;
/** Which time deliveries are shown of. It stands in the address as it is. */
export type DeliverySpan = LastSpan | BetweenSpan;
export type Granularity = "MINUTE" | "HOUR" | "DAY";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS: Record<Granularity, number> = { MINUTE: MINUTE_MS, HOUR: HOUR_MS, DAY: DAY_MS };
/** How long ago the server still tells minutes, hours and days apart. */
const KEPT_MS: Record<Granularity, number> = { MINUTE: 48 * HOUR_MS, HOUR: 30 * DAY_MS, DAY: 30 * DAY_MS };
/** The longest range of each that it answers at once. */
const RANGE_MS_MAX: Record<Granularity, number> = { MINUTE: 4 * HOUR_MS, HOUR: 14 * DAY_MS, DAY: 30 * DAY_MS };
/** Counts are kept for so long, and no range is longer. */
export const COUNTS_KEPT_MS = KEPT_MS.DAY;

const SHAPES: Record<LastSpan, { granularity: Granularity; steps: number }> = {
  "10m": { granularity: "MINUTE", steps: 10 },
  "1h": { granularity: "MINUTE", steps: 60 },
  "24h": { granularity: "HOUR", steps: 24 },
  "7d": { granularity: "HOUR", steps: 7 * 24 },
  "14d": { granularity: "HOUR", steps: 14 * 24 },
  "30d": { granularity: "DAY", steps: 30 },
};

/** What the server is asked for. It counts whole steps: those in which the range begins and ends are all in. */
export interface DeliveryRange {
  startTime: string;
  endTime: string;
  granularity: Granularity;
}

export const isBetween = (span: DeliverySpan): span is BetweenSpan => span.includes("/");

const written = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z");

/** From one moment up to another one. */
export const between = (start: number, end: number): BetweenSpan => `${written(start)}/${written(end)}`;

/** The moments of a span, in Unix milliseconds. */
export function momentsOf(span: BetweenSpan): { start: number; end: number } {
  const [start = "", end = ""] = span.split("/");
  return { start: Date.parse(start), end: Date.parse(end) };
}

/** A span of the address; undefined where it makes no sense. */
export function readSpan(value: unknown): DeliverySpan | undefined {
  const last = DELIVERY_SPANS.find((each) => each === value);
  if (last || typeof value !== "string" || value.split("/").length !== 2) return last;
  const { start, end } = momentsOf(value as BetweenSpan);
  return start < end ? between(start, end) : undefined;
}

/** Of a length of time: whole steps, the last of which is the one that runs. Between two moments: the smallest steps that the server tells apart. */
export function deliveryRange(span: DeliverySpan, now: number): DeliveryRange {
  if (isBetween(span)) {
    const { start, end } = momentsOf(span);
    return { startTime: new Date(start).toISOString(), endTime: new Date(end).toISOString(), granularity: granularityOf(start, end, now) };
  }
  const { granularity, steps } = SHAPES[span];
  const end = floor(now, granularity) + STEP_MS[granularity];
  return { startTime: new Date(end - steps * STEP_MS[granularity]).toISOString(), endTime: new Date(end).toISOString(), granularity };
}

function granularityOf(start: number, end: number, now: number): Granularity {
  const fits = (granularity: Granularity) =>
    ceil(end, granularity) - floor(start, granularity) <= RANGE_MS_MAX[granularity] && now - floor(start, granularity) <= KEPT_MS[granularity];
  return (["MINUTE", "HOUR"] as const).find(fits) ?? "DAY";
}

const floor = (time: number, granularity: Granularity): number => Math.floor(time / STEP_MS[granularity]) * STEP_MS[granularity];
const ceil = (time: number, granularity: Granularity): number => Math.ceil(time / STEP_MS[granularity]) * STEP_MS[granularity];

/** The whole steps of a range, in Unix milliseconds. */
function wholeSteps({ startTime, endTime, granularity }: DeliveryRange): { start: number; end: number } {
  return { start: floor(Date.parse(startTime), granularity), end: ceil(Date.parse(endTime), granularity) };
}

/** When the first step of a range begins, in Unix milliseconds. */
export const startOf = (range: DeliveryRange): number => wholeSteps(range).start;

/** When each step of a range begins, in Unix seconds. */
export function stepsOf(range: DeliveryRange): number[] {
  const stepMs = STEP_MS[range.granularity];
  const { start, end } = wholeSteps(range);
  return Array.from({ length: (end - start) / stepMs }, (_, index) => (start + index * stepMs) / 1000);
}

/** The steps just before a range, as many as it has; undefined where the server no longer keeps them all. */
export function rangeBefore(range: DeliveryRange, now: number): DeliveryRange | undefined {
  const { start, end } = wholeSteps(range);
  const before = start - (end - start);
  if (now - before > KEPT_MS[range.granularity]) return undefined;
  return { ...range, startTime: new Date(before).toISOString(), endTime: new Date(start).toISOString() };
}

/** How much of a range is over, in milliseconds: the step that runs is not. */
export function elapsedOf(range: DeliveryRange, now: number): number {
  const { start, end } = wholeSteps(range);
  return Math.max(0, Math.min(end, floor(now, range.granularity)) - start);
}

/** Which time receipts are looked for, by when they were begun. */
export function receiptsWindow(span: DeliverySpan, now: number): { startTime: string; endTime?: string } {
  const { startTime, endTime } = deliveryRange(span, now);
  return isBetween(span) ? { startTime, endTime } : { startTime };
}

/** Why nothing can be counted within a span; undefined where it can. */
export function spanProblem(span: DeliverySpan, now: number): string | undefined {
  if (!isBetween(span)) return undefined;
  const { start, end } = momentsOf(span);
  if (now - start > COUNTS_KEPT_MS) return "This range begins more than 30 days ago, and counts are kept for 30 days.";
  return end - start > COUNTS_KEPT_MS ? "This range is longer than the 30 days for which counts are kept." : undefined;
}
