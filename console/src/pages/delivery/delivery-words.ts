import type { DeliveryStep, Dimension, ReceiptState } from "~/api/delivery-model";
import type { DeliverySpan } from "~/api/delivery-range";
import type { Tone } from "~/components/StatusDot";
import { formatClock } from "~/lib/format";

export const STATES: Record<ReceiptState, { tone: Tone; words: string; about: string }> = {
  delivered: { tone: "good", words: "Delivered", about: "The destination took it." },
  filtered: { tone: "off", words: "Filtered", about: "It was not for this destination, so nothing was sent." },
  retrying: { tone: "warn", words: "Will be tried again", about: "An attempt failed, and another one follows by itself." },
  failed: { tone: "bad", words: "Failed", about: "The destination refused it for good." },
  expired: { tone: "bad", words: "Expired", about: "It was tried for as long as events are, in vain." },
};

export const DIMENSION_LABELS: Record<Dimension, string> = {
  discardReason: "Reason",
  eventName: "Event name",
  eventType: "Event type",
  appVersion: "App version",
};

/** Rows that the server counts together, as there are too many to tell apart. */
export const OTHER = "(other)";

const ATTEMPT = /^successes\.attempt\.(\d+)$/;

/** A value of a dimension as people say it. */
export function valueInWords(dimension: Dimension, value: string): string {
  const attempt = ATTEMPT.exec(value)?.[1];
  if (attempt) return attempt === "1" ? "Delivered at once" : `Delivered at attempt ${attempt}`;
  if (value === OTHER) return "All others";
  return value || (dimension === "eventName" ? "No name" : "None");
}

export const STEP_STATES: Record<DeliveryStep, ReceiptState> = {
  "successful-delivery": "delivered",
  "filtered-at-destination": "filtered",
  "failed-delivery": "failed",
};

// Days are those of UTC.
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });
const localDay = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });

/** The start of a step, as long as its span needs it. */
export function stepInWords(span: DeliverySpan, seconds: number): string {
  const date = new Date(seconds * 1000);
  if (span === "30d") return day.format(date);
  const clock = formatClock(date.getTime()).replace(/:\d\d$/, "");
  return span === "7d" ? `${localDay.format(date)}, ${clock}` : clock;
}

/** As short as an axis wants it: within days, a midnight is its day. */
export function tickInWords(span: DeliverySpan, seconds: number): string {
  const date = new Date(seconds * 1000);
  return span !== "1h" && date.getHours() === 0 && date.getMinutes() === 0 && span !== "30d" ? localDay.format(date) : stepInWords(span, seconds);
}
