import type { DeliveryStep, Dimension, ReceiptState } from "~/api/delivery-model";
import { type DeliveryRange, type DeliverySpan, isBetween, type LastSpan, momentsOf } from "~/api/delivery-range";
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

export const SPAN_LABELS: Record<LastSpan, string> = { "10m": "10 minutes", "1h": "1 hour", "24h": "1 day", "7d": "7 days", "14d": "2 weeks", "30d": "30 days" };

// Where the server counts by the day, days are those of UTC.
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });
const localDay = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const clockOf = (time: number): string => formatClock(time).replace(/:\d\d$/, "");

/** A span as people say it, in this computer's zone: "7 days", "Mar 1, 10:00 to 12:30". */
export function spanLabel(span: DeliverySpan): string {
  if (!isBetween(span)) return SPAN_LABELS[span];
  const { start, end } = momentsOf(span);
  return `${minuteInWords(start)} to ${localDay.format(start) === localDay.format(end) ? clockOf(end) : minuteInWords(end)}`;
}

/** A minute of the last weeks in this computer's zone: "Mar 1, 10:00". */
export const minuteInWords = (time: number): string => `${localDay.format(time)}, ${clockOf(time)}`;

const DAY_MS = 86_400_000;

/** The start of a step, as long as its range needs it. */
export function stepInWords(range: DeliveryRange, seconds: number): string {
  const date = new Date(seconds * 1000);
  if (range.granularity === "DAY") return day.format(date);
  return Date.parse(range.endTime) - Date.parse(range.startTime) > DAY_MS ? minuteInWords(date.getTime()) : clockOf(date.getTime());
}

/** As short as an axis wants it: within days, a midnight is its day. */
export function tickInWords(range: DeliveryRange, seconds: number): string {
  const date = new Date(seconds * 1000);
  return range.granularity !== "DAY" && date.getHours() === 0 && date.getMinutes() === 0 ? localDay.format(date) : stepInWords(range, seconds);
}
