import type { CircuitState, DeliveryQueue } from "~/api/delivery-model";
import type { Tone } from "~/components/StatusDot";
import { formatAgo, formatCount, formatRate } from "~/lib/format";

/** How sending to a destination goes, in a word or two: it stands beside a figure on a phone, too. */
interface Status {
  tone: Tone;
  words: string;
}

const CIRCUITS: Record<CircuitState, Status & { remedy: string }> = {
  CLOSED: { tone: "good", words: "Delivering", remedy: "They are tried again by themselves, and the others go out meanwhile." },
  RAMPING: { tone: "info", words: "Speeding up", remedy: "Nothing is to be done: it is sent more step by step." },
  PROBING: { tone: "warn", words: "Trying again", remedy: "When it takes single requests, the others follow by themselves." },
  PAUSED: { tone: "warn", words: "Paused", remedy: "Nothing is to be done: events wait until then." },
  OPEN: { tone: "bad", words: "Stopped", remedy: "Events wait. Put the receiver or the settings right; delivery then goes on by itself." },
};

export function statusOf({ circuit, waiting }: Pick<DeliveryQueue, "circuit" | "waiting">): Status {
  return circuit === "CLOSED" && waiting === 0 ? { tone: "good", words: "Up to date" } : CIRCUITS[circuit];
}

/** What people should know of a queue that does not go as usual, and what to do. */
export interface QueueNote {
  tone: Tone;
  reason: string;
  remedy: string;
}

export function noteOf({ circuit, circuitUntil, reason }: Pick<DeliveryQueue, "circuit" | "circuitUntil" | "reason">, name: string, now: number): QueueNote | null {
  if (circuit === "CLOSED" && reason === null) return null;
  const { tone, words, remedy } = CIRCUITS[circuit];
  const until = circuitUntil !== null && Date.parse(circuitUntil) > now ? ` The next attempt is ${formatAgo(circuitUntil, now)}.` : "";
  return { tone: circuit === "CLOSED" ? "warn" : tone, reason: `${name}: ${reason ?? `${words}.`}`, remedy: `${remedy}${until}` };
}

/** Delivered each second, and how much of that may be. */
export function rateInWords({ ratePerSecond, limitPerSecond }: Pick<DeliveryQueue, "ratePerSecond" | "limitPerSecond">): string {
  const rate = `${formatRate(ratePerSecond)}/s`;
  return limitPerSecond === null ? rate : `${rate} of ${formatRate(limitPerSecond)}/s`;
}

/** How many requests are in flight, and how many may be. */
export const requestsInWords = ({ underWay, concurrency }: Pick<DeliveryQueue, "underWay" | "concurrency">): string => `${formatCount(underWay)} of ${formatCount(concurrency)}`;
