import { plural } from "~/lib/format";

/** How long the engine keeps what waited for a destination that was switched off. */
const KEPT = "30 seconds";

/** What becomes of what waits, before the destination is switched off; `waiting` is null where it cannot be told how many do. */
export function switchOffConsequence(waiting: number | null): string {
  const told = waiting === null ? "How many events wait for it is not known just now." : `${plural(waiting, "event")} ${waiting === 1 ? "waits" : "wait"} for it.`;
  return `${told} If it is switched on again within ${KEPT}, they are sent as if nothing had happened. After that they have failed; a replay of just the failures sends them. Events that come while it is switched off are not sent.`;
}

/** What was done, and what taking it back within a few seconds means. */
export function switchedOffInWords(waiting: number | null): string {
  const meanwhile = "Disabled. Events that come meanwhile are not sent.";
  return waiting === 0 ? meanwhile : `${meanwhile} What waited is kept for ${KEPT}.`;
}
