import type { EventState, Receipt } from "~/api/delivery-model";
import type { Destination, LiveEvent } from "~/api/model";
import type { Tone } from "~/components/StatusDot";
import { formatDuration } from "~/lib/format";
import { STATES } from "~/pages/delivery/delivery-words";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import { remedyOf } from "~/pages/delivery/remedies";
import { eventTitle } from "~/pages/live/EventType";

/** One step of an event's way, in a sentence. */
export interface PathStep {
  key: string;
  title: string;
  tone: Tone;
  /** The state in words. */
  state: string;
  at: string | null;
  sentence: string;
  remedy?: string;
  receiptId?: string;
  destinationId?: string;
  /** The event itself, as the live debugger opens it. */
  event?: string;
}

/** What became of a receipt's event at its destination, in a sentence. */
export function receiptInWords(receipt: Receipt): string {
  const took = formatDuration(receipt.latencyMs);
  switch (receipt.state) {
    case "delivered":
      return receipt.retries === 0
        ? `The destination took it at the first attempt, ${took} after it arrived.`
        : `The destination took it at attempt ${receipt.retries + 1}, ${took} after it arrived.`;
    case "retrying":
      return receipt.reason ?? "The last attempt failed.";
    case "expired":
      return `${receipt.reason ?? "The last attempt failed."} It was tried for ${took}, as long as events are.`;
    default:
      return receipt.reason ?? STATES[receipt.state].about;
  }
}

/** What to do about a receipt; undefined where nothing went wrong. */
export function receiptRemedy(receipt: Pick<Receipt, "state" | "code">): string | undefined {
  if (receipt.state === "delivered") return undefined;
  if (receipt.state === "retrying") return "It is tried again by itself, and nothing is lost. If it goes on, look at what the destination answers.";
  return remedyOf(receipt.state === "filtered" ? "filtered" : "failed", receipt.code ?? "");
}

/** Destinations whose first delivery of an event no receipt tells of, but that may have sent it. */
export function withoutReceipt(sourceId: string | undefined, receipts: readonly Receipt[], destinations: readonly Destination[]): Destination[] {
  const told = new Set(receipts.filter((receipt) => receipt.replay === 0).map((receipt) => receipt.destinationId));
  return destinations.filter((each) => each.sourceId === sourceId && hasReceipts(each) && !told.has(each.id));
}

/** The way of one event: received, an event, then each destination of its source. `states`: of those without a receipt, by their ids. */
export function pathSteps(
  event: LiveEvent | undefined,
  receipts: readonly Receipt[],
  destinations: readonly Destination[],
  sourceName: (id: string) => string,
  states: ReadonlyMap<string, EventState>,
): PathStep[] {
  const first = receipts[0];
  const known = event
    ? { sourceId: event.sourceId, receivedAt: event.receivedAt, title: eventTitle(event), open: `${event.offset}.${event.messageId}` }
    : first && { sourceId: first.sourceId, receivedAt: first.receivedAt, title: eventTitle({ type: first.eventType, name: first.eventName }), open: `${first.offset}.${first.messageId}` };
  if (!known) return [];
  const nameOf = (id: string) => destinations.find((each) => each.id === id)?.name ?? "A destination that was deleted";
  const files = destinations.filter((each) => each.sourceId === known.sourceId && !hasReceipts(each));
  const untold = [...withoutReceipt(known.sourceId, receipts, destinations), ...files];
  return [
    { key: "received", title: "Received", tone: "info", state: "Accepted", at: known.receivedAt, sentence: `It came from ${sourceName(known.sourceId)} and was accepted.` },
    {
      key: "processed",
      title: "Processed",
      tone: "info",
      state: "An event",
      at: null,
      sentence: `It broke no rule and had not come before, so it became the event “${known.title}”.`,
      event: known.open,
    },
    ...[...receipts].reverse().map((receipt): PathStep => {
      const { tone, words } = STATES[receipt.state];
      return {
        key: receipt.id,
        title: receipt.replay === 0 ? nameOf(receipt.destinationId) : `${nameOf(receipt.destinationId)}, replay ${receipt.replay}`,
        tone,
        state: words,
        at: receipt.at,
        sentence: receiptInWords(receipt),
        remedy: receiptRemedy(receipt),
        receiptId: receipt.id,
        destinationId: receipt.destinationId,
      };
    }),
    ...untold.map((destination): PathStep => ({ key: destination.id, title: destination.name, at: null, destinationId: destination.id, ...untoldInWords(destination, states.get(destination.id)) })),
  ];
}

const UNTOLD: Record<EventState["state"], { tone: Tone; state: string }> = {
  ...mapped(STATES),
  ended: { tone: "warn", state: "Not delivered" },
  waiting: { tone: "info", state: "Waits" },
  beforeDestination: { tone: "off", state: "Came before" },
  notSent: { tone: "off", state: "Not sent" },
  unknown: { tone: "off", state: "Not known" },
};

function mapped(states: typeof STATES) {
  const { delivered, filtered, retrying, failed, expired } = states;
  const of = ({ tone, words }: { tone: Tone; words: string }) => ({ tone, state: words });
  return { delivered: of(delivered), filtered: of(filtered), retrying: of(retrying), failed: of(failed), expired: of(expired) };
}

function untoldInWords(destination: Destination, told: EventState | undefined): Pick<PathStep, "tone" | "state" | "sentence"> {
  if (!hasReceipts(destination)) return { tone: "off", state: "Kept in files", sentence: "An archive writes events into files, many at a time, and has no receipts of single ones." };
  if (!told) return { tone: "off", state: "No receipt", sentence: "There is no receipt, and nothing else is known as long as the event itself is not found." };
  return { ...UNTOLD[told.state], sentence: told.sentence };
}
