import { LEDGER_SPANS, type LedgerSpan } from "./ledger";

/** How far back deliveries are shown: the same choice as for the ledger. */
export const DELIVERY_SPANS = LEDGER_SPANS;
export type DeliverySpan = LedgerSpan;
export type Granularity = "MINUTE" | "HOUR" | "DAY";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The server tells minutes apart for 4 hours at most, hours for 14 days, days for 30. */
const SHAPES: Record<DeliverySpan, { granularity: Granularity; stepMs: number; steps: number }> = {
  "1h": { granularity: "MINUTE", stepMs: MINUTE_MS, steps: 60 },
  "24h": { granularity: "HOUR", stepMs: HOUR_MS, steps: 24 },
  "7d": { granularity: "HOUR", stepMs: HOUR_MS, steps: 7 * 24 },
  "30d": { granularity: "DAY", stepMs: DAY_MS, steps: 30 },
};

export interface DeliveryRange {
  startTime: string;
  endTime: string;
  granularity: Granularity;
}

/** Whole steps, the last of which is the one that runs. */
export function deliveryRange(span: DeliverySpan, now: number): DeliveryRange {
  const { granularity, stepMs, steps } = SHAPES[span];
  const end = Math.floor(now / stepMs) * stepMs + stepMs;
  return { startTime: new Date(end - steps * stepMs).toISOString(), endTime: new Date(end).toISOString(), granularity };
}

/** When each step of a range begins, in Unix seconds. */
export function stepsOf(range: DeliveryRange): number[] {
  const stepMs = { MINUTE: MINUTE_MS, HOUR: HOUR_MS, DAY: DAY_MS }[range.granularity];
  const [start, end] = [Date.parse(range.startTime), Date.parse(range.endTime)];
  return Array.from({ length: Math.round((end - start) / stepMs) }, (_, index) => (start + index * stepMs) / 1000);
}
