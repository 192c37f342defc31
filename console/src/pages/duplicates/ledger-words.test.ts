import { expect, it } from "vitest";
import { balanceOf, differenceOf, formatStep, formatTick, spanInWords } from "./ledger-words";

it("a ledger adds up only when it was read to its end", () => {
  expect(balanceOf({ balanced: true, caughtUp: true }).words).toBe("Adds up");
  expect(balanceOf({ balanced: true, caughtUp: false }).words).toBe("Still being read");
  expect(balanceOf({ balanced: false, caughtUp: false }).words).toBe("Does not add up");
});

it("the difference is what came to no end, or to two", () => {
  const counts = { accepted: 10, processed: 6, duplicates: 2, rejected: 1, rejectedByCode: {}, balanced: false };
  expect(differenceOf(counts)).toBe(1);
  expect(differenceOf({ ...counts, processed: 8 })).toBe(-1);
});

it("a length of time is told in the unit that people would choose", () => {
  expect([0, 90, 3_600, 34 * 3_600 + 5, 30 * 86_400].map(spanInWords)).toEqual(["minute", "1 minute", "1 hour", "34 hours", "30 days"]);
});

it("longer spans name the day", () => {
  const noon = new Date(2026, 2, 4, 12, 0).getTime() / 1000;
  expect(formatStep("24h", noon)).toBe("12:00");
  expect(formatStep("7d", noon)).toBe("Mar 4, 12:00");
  expect([formatTick("7d", noon), formatTick("7d", noon + 12 * 3600)]).toEqual(["Mar 4, 12:00", "Mar 5"]);
});
