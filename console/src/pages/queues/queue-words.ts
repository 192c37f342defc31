import type { CircuitState, DeliveryQueue } from "~/api/delivery-model";
import type { Tone } from "~/components/StatusDot";
import { formatCount, formatRate } from "~/lib/format";

/** How delivery to a destination goes, in words. */
export const CIRCUITS: Record<CircuitState, { tone: Tone; words: string; about: string }> = {
  CLOSED: { tone: "good", words: "Delivering", about: "Requests go out." },
  OPEN: { tone: "bad", words: "Stopped after failures", about: "Too many attempts failed, so nothing is sent for a while. Events wait." },
  PROBING: { tone: "warn", words: "Trying whether it works again", about: "Single requests go out; when they are taken, the others follow." },
  PAUSED: { tone: "warn", words: "Paused as the destination asked", about: "The destination asked to wait. Events wait that long." },
  RAMPING: { tone: "info", words: "Getting up to speed", about: "The destination works again; it is sent more step by step." },
};

/** Delivered each second, and how much of that may be. */
export function rateInWords({ ratePerSecond, limitPerSecond }: Pick<DeliveryQueue, "ratePerSecond" | "limitPerSecond">): string {
  const rate = `${formatRate(ratePerSecond)}/s`;
  return limitPerSecond === null ? rate : `${rate} of ${formatRate(limitPerSecond)}/s`;
}

/** How many requests are in flight, and how many may be. */
export const requestsInWords = ({ underWay, concurrency }: Pick<DeliveryQueue, "underWay" | "concurrency">): string => `${formatCount(underWay)} of ${formatCount(concurrency)}`;
