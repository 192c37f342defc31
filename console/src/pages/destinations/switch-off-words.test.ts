import { expect, it } from "vitest";
import { switchedOffInWords, switchOffConsequence } from "./switch-off-words";

it("what waits is told with its number before it is given up", () => {
  expect(switchOffConsequence(1_204)).toMatch(/^1,204 events wait for it\. If it is switched on again within 30 seconds, they are sent/);
  expect(switchOffConsequence(1)).toMatch(/^1 event waits for it\./);
  expect(switchOffConsequence(null)).toMatch(/^How many events wait for it is not known just now\./);
});

it("taking it back is told with what it brings back", () => {
  expect(switchedOffInWords(0)).toBe("Disabled. Events that come meanwhile are not sent.");
  expect(switchedOffInWords(3)).toBe("Disabled. Events that come meanwhile are not sent. What waited is kept for 30 seconds.");
});
