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

const CONNECTION = new Set(["ETIMEDOUT", "ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETLS", "EREFUSED"]);
const REMEDIES: Record<string, string> = {
  FILTERED_BY_INTEGRATIONS_OBJECT: "The event itself says that this destination is not to have it. Change `integrations` where it is sent, if that is not meant.",
  MESSAGE_SENT_CLIENT_SIDE: "Nothing is to be done: the device had sent it to this destination already.",
  UNSUPPORTED_EVENT_TYPE: "Nothing is to be done, unless the destination should know this type of event.",
  DESTINATION_DISABLED: "Switch the destination on, then replay the time in which it was off.",
  REPLAY_CANCELLED: "Replay the failures, if these events are still to be sent.",
  INVALID_SETTINGS: "Put the destination's settings right, test the connection, then replay the failures.",
  PAYLOAD_VALIDATION_FAILED: "Compare the event with what the destination wants, put it right where it is sent, then replay the failures.",
  "401": "The destination does not accept the credentials. Put new ones into its settings, then replay the failures.",
  "403": "The credentials may not do this. Give them the right at the destination, then replay the failures.",
  "404": "The address is not there. Check it in the destination's settings, then replay the failures.",
  "410": "The address is gone for good. Ask the destination for the new one, then replay the failures.",
  "413": "The event is larger than the destination takes. Send less with it, or raise the limit over there.",
  "429": "The destination takes fewer events than are sent. Lower the rate in its settings, then replay the failures.",
};

/** What to do about a reason; every one has an answer. */
export function remedyOf(step: "filtered" | "failed", code: string): string {
  const known = REMEDIES[code];
  if (known) return known;
  if (step === "filtered") return "Nothing is to be done if this is meant. What is filtered is counted and not sent.";
  if (CONNECTION.has(code)) return "Check the destination's address and whether it is running, then replay the failures.";
  if (/^5\d\d$/.test(code)) return "The trouble is at the destination. Once it is over, replay the failures.";
  if (/^4\d\d$/.test(code)) return "The destination does not take this request. What it answered says why; put it right, then replay the failures.";
  return "Look at what was sent and what came back, put that right, then replay the failures.";
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
