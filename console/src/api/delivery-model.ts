import type { components } from "@primedata/api-client";
import type { ExactJson } from "~/lib/exact-json";
import type { LiveEvent } from "./model";

/** What the API tells of deliveries, as `docs/reference/public-api.md` promises it. */

type Schemas = components["schemas"];
/** An answer has all its members, null where there is nothing to tell. */
type Told<Name extends keyof Schemas> = Required<Schemas[Name]>;

export const RECEIPT_STATES = ["delivered", "filtered", "retrying", "failed", "expired"] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

/** What became of one event at one destination. */
export type Receipt = Told<"Receipt">;

export interface LastAttempt {
  at: string;
  number: number;
  status: number | null;
  latencyMs: number;
  code: string;
  reason: string;
}

export interface Header {
  name: string;
  value: string;
}
export interface SentRequest {
  method: string;
  url: string;
  headers: Header[];
  body: string;
}
export interface ReceiptAttempt extends LastAttempt {
  /** Null where nothing was sent. */
  request: SentRequest | null;
  /** Null where nothing came back. */
  response: { headers: Header[]; body: string } | null;
}

export interface Page {
  pagination: { next?: string | null };
}
export interface ReceiptPage extends Page {
  receipts: Receipt[];
}
export interface ReceiptDetail {
  receipt: Receipt;
  /** Oldest first: the first one and the last 31. */
  attempts: ReceiptAttempt[];
  /** Null where the stream no longer has it. */
  event: LiveEvent | null;
}

/** What became of one event at one destination, with a receipt or without. */
export type EventState = Told<"EventState">;

/** Which receipts; all that is given has to hold. */
export interface ReceiptFilter {
  messageId?: string;
  userId?: string;
  anonymousId?: string;
  sourceId?: string;
  destinationId?: string;
  /** 0 for first deliveries. */
  replayId?: number;
  state?: ReceiptState;
  code?: string;
  eventName?: string;
  eventType?: string;
  startTime?: string;
  endTime?: string;
}

/** Everything that was begun for a destination since its first receipt: `received` is the sum of the others. */
export interface DeliveryTotals {
  received: number;
  filtered: number;
  delivered: number;
  failed: number;
  expired: number;
  waiting: number;
  balanced: boolean;
}
export interface DeliveryLatency {
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}
export interface DeliverySummary {
  /** Within the range, when it happened. */
  delivered: number;
  deliveredUponRetry: number;
  filtered: number;
  /** What expired included. */
  failed: number;
  latency: DeliveryLatency | null;
  totals: DeliveryTotals;
  caughtUp: boolean;
}

/** The ends that the overview counts over time. */
export const DELIVERY_STEPS = ["successful-delivery", "filtered-at-destination", "failed-delivery"] as const;
export type DeliveryStep = (typeof DELIVERY_STEPS)[number];
export const DIMENSIONS = ["discardReason", "eventName", "eventType", "appVersion"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export type DeliverySeries = Partial<Record<Dimension, string>> & {
  total: number;
  totalRetryCount?: number;
  /** The times in which there were any, oldest first. */
  series: { time: string; count: number; retryCount?: number }[];
};
export interface DeliveryOverview extends Page {
  total: number;
  /** The one with most events first. */
  dataset: DeliverySeries[];
}

export interface Discard {
  step: "filtered-at-destination" | "failed-delivery";
  discardReason: string;
  /** Null where no sample is kept. */
  sentence: string | null;
  total: number;
  samples: { receipt: Receipt; attempt: ReceiptAttempt | null }[];
}

/** Whether a destination is sent to. */
export type CircuitState = Schemas["CircuitState"];
/** What waits for one destination that is switched on. */
export type DeliveryQueue = Told<"DeliveryQueue">;

/** The request that an event would make, secrets masked. */
export interface RequestPreview {
  /** Kept exact. */
  event: ExactJson | null;
  messageId: string | null;
  filtered: { code: string; reason: string } | null;
  problem: { code: string; reason: string } | null;
  request: { method: string; url: string; headers: Record<string, string>; body: string } | null;
}

export type ReplayScope = "EVERYTHING" | "FAILURES" | "EXPIRED";
export interface ReplaySpec {
  destinationId: string;
  startTime: string;
  endTime: string;
  only: ReplayScope;
  eventType?: string;
  eventName?: string;
  ratePerSecond?: number;
}
export type ReplayPreview = Told<"ReplayPreview">;
export type Replay = Told<"Replay">;
export type ExpiredEvents = Told<"ExpiredEvents">;
