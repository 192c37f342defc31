import { expect, it } from "vitest";
import { replayChoices } from "./replay-choices";

const REPLAYS = [
  { number: 4, destinationId: "d" },
  { number: 3, destinationId: "gone" },
];
const nameOf = (id: string) => (id === "d" ? "Webhook" : undefined);

it("replays are told apart by number and destination, after the first deliveries", () => {
  expect(replayChoices(REPLAYS, undefined, nameOf)).toEqual([
    { value: "0", label: "First deliveries" },
    { value: "4", label: "Replay 4 to Webhook" },
    { value: "3", label: "Replay 3" },
  ]);
});

it("the replay of the address can be seen and removed, even if it is no longer known", () => {
  expect(replayChoices(REPLAYS, 1, nameOf)[1]).toEqual({ value: "1", label: "Replay 1" });
  for (const known of [0, 3]) expect(replayChoices(REPLAYS, known, nameOf)).toHaveLength(3);
});
