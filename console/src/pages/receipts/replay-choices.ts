import type { Replay } from "~/api/delivery-model";

interface Choice {
  value: string;
  label: string;
}

/** What a list can be narrowed to: first deliveries, or one replay. The one that is asked for is among them, known or not. */
export function replayChoices(replays: readonly Pick<Replay, "number" | "destinationId">[], asked: number | undefined, nameOf: (destinationId: string) => string | undefined): Choice[] {
  const choices = replays.map(({ number, destinationId }) => {
    const name = nameOf(destinationId);
    return { value: String(number), label: name ? `Replay ${number} to ${name}` : `Replay ${number}` };
  });
  const first = { value: "0", label: "First deliveries" };
  const isKnown = asked === undefined || asked === 0 || replays.some((replay) => replay.number === asked);
  return [first, ...(isKnown ? [] : [{ value: String(asked), label: `Replay ${asked}` }]), ...choices];
}
