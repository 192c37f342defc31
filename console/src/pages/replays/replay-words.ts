import type { ExpiredEvents, Replay, ReplayPreview, ReplayScope, ReplaySpec } from "~/api/delivery-model";
import type { HandCall } from "~/components/ByHand";
import type { Tone } from "~/components/StatusDot";
import { formatCount, formatSpan, plural } from "~/lib/format";

export const REPLAY_STATES: Record<Replay["state"], { tone: Tone; words: string }> = {
  RUNNING: { tone: "info", words: "Running" },
  DONE: { tone: "good", words: "Done" },
  CANCELLED: { tone: "off", words: "Cancelled" },
};

const SCOPES: Record<ReplayScope, string> = { FAILURES: "What failed", EXPIRED: "What expired", EVERYTHING: "Everything" };
const FLAGS: Record<ReplayScope, string[]> = { FAILURES: ["--failures"], EXPIRED: ["--expired"], EVERYTHING: [] };

/** Which events: "What failed", "Everything, only track “Signed Up”". */
export function scopeInWords({ only, eventType, eventName }: Pick<Replay, "only" | "eventType" | "eventName">): string {
  const scope = SCOPES[only];
  const narrowed = [eventType, eventName && `“${eventName}”`].filter(Boolean).join(" ");
  return narrowed ? `${scope}, only ${narrowed}` : scope;
}

/** How far it is, between 0 and 1. */
export const progressOf = ({ sent, total, state }: Pick<Replay, "sent" | "total" | "state">): number => (state === "DONE" ? 1 : total > 0 ? Math.min(1, sent / total) : 0);

/** How far it is, in words. */
export function progressInWords(replay: Pick<Replay, "sent" | "total" | "state" | "ratePerSecond" | "heldUp">): string {
  const sent = `${formatCount(replay.sent)} of ${plural(replay.total, "event")} sent`;
  // Nobody knows how long it takes while something holds it up.
  if (replay.state !== "RUNNING" || replay.heldUp) return sent;
  const seconds = Math.ceil(Math.max(0, replay.total - replay.sent) / replay.ratePerSecond);
  return seconds > 0 ? `${sent}, about ${formatSpan(seconds)} to go` : sent;
}

/** Whether a replay would do anything; where counting stopped at its bound, there may be more behind. */
export const isWorthStarting = ({ events, isComplete }: Pick<ReplayPreview, "events" | "isComplete">): boolean => events > 0 || !isComplete;

/** What a replay would do. */
export function previewInWords({ events, failures, isComplete, seconds }: ReplayPreview): string {
  if (events === 0) return isComplete ? "Nothing would be sent: no event within this time matches." : "No event matches as far as was counted; there may be some later within this time.";
  const failed = failures > 0 ? `, of which ${formatCount(failures)} failed before` : "";
  const takes = formatSpan(Math.max(1, seconds));
  return isComplete
    ? `${plural(events, "event")} would be sent${failed}. It takes about ${takes} at this rate.`
    : `At least ${plural(events, "event")} would be sent${failed}: counting stopped there. It takes ${takes} or longer at this rate.`;
}

/** What is kept of a destination that ran out of time. */
export function expiredInWords({ place, days }: ExpiredEvents): string {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return `Nothing of this destination has run out of time. What does is kept in ${place}.`;
  const events = days.reduce((sum, day) => sum + day.events, 0);
  const when = first === last ? `on ${first.day}` : `from ${first.day} to ${last.day}`;
  return `${plural(events, "event")} of this destination ${events === 1 ? "is" : "are"} kept, received ${when} (UTC), in ${place}.`;
}

/** The same by hand. */
export function replayCall(spec: ReplaySpec): HandCall {
  const given: [string, string | number | undefined][] = [
    ["--destination", spec.destinationId],
    ["--from", spec.startTime],
    ["--to", spec.endTime],
    ["--type", spec.eventType],
    ["--name", spec.eventName],
    ["--rate", spec.ratePerSecond],
  ];
  const words = given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  return { method: "POST", path: "/replays", body: spec, command: ["replay", "start", ...words, ...FLAGS[spec.only]] };
}
