import type { Replay, ReplayPreview, ReplaySpec } from "~/api/delivery-model";
import type { HandCall } from "~/components/ByHand";
import type { Tone } from "~/components/StatusDot";
import { formatCount, formatSpan, plural } from "~/lib/format";

export const REPLAY_STATES: Record<Replay["state"], { tone: Tone; words: string }> = {
  RUNNING: { tone: "info", words: "Running" },
  DONE: { tone: "good", words: "Done" },
  CANCELLED: { tone: "off", words: "Cancelled" },
};

/** Which events: "What failed", "Everything, only track “Signed Up”". */
export function scopeInWords({ only, eventType, eventName }: Pick<Replay, "only" | "eventType" | "eventName">): string {
  const scope = only === "FAILURES" ? "What failed" : "Everything";
  const narrowed = [eventType, eventName && `“${eventName}”`].filter(Boolean).join(" ");
  return narrowed ? `${scope}, only ${narrowed}` : scope;
}

/** How far it is, between 0 and 1. */
export const progressOf = ({ sent, total, state }: Pick<Replay, "sent" | "total" | "state">): number => (state === "DONE" ? 1 : total > 0 ? Math.min(1, sent / total) : 0);

/** How far it is, in words. */
export function progressInWords(replay: Pick<Replay, "sent" | "total" | "state" | "ratePerSecond">): string {
  const sent = `${formatCount(replay.sent)} of ${plural(replay.total, "event")} sent`;
  if (replay.state !== "RUNNING") return sent;
  const seconds = Math.ceil(Math.max(0, replay.total - replay.sent) / replay.ratePerSecond);
  return seconds > 0 ? `${sent}, about ${formatSpan(seconds)} to go` : sent;
}

/** What a replay would do. */
export function previewInWords(preview: ReplayPreview): string {
  const events = preview.isComplete ? plural(preview.events, "event") : `More than ${plural(preview.events, "event")}`;
  const failures = preview.failures > 0 ? `, of which ${formatCount(preview.failures)} failed before` : "";
  return `${events} would be sent${failures}. It takes about ${formatSpan(Math.max(1, preview.seconds))} at this rate.`;
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
  return { method: "POST", path: "/replays", body: spec, command: ["replay", "start", ...words, ...(spec.only === "FAILURES" ? ["--failures"] : [])] };
}
