import { expect, it } from "vitest";
import { stepInWords, valueInWords } from "./delivery-words";

it("values that are not words are put into words", () => {
  expect(valueInWords("discardReason", "successes.attempt.1")).toBe("Delivered at once");
  expect(valueInWords("discardReason", "successes.attempt.3")).toBe("Delivered at attempt 3");
  expect(valueInWords("eventName", "")).toBe("No name");
  expect(valueInWords("eventName", "(other)")).toBe("All others");
  expect(valueInWords("eventName", "Signed Up")).toBe("Signed Up");
});

it("a day is the one of UTC, as the server counts it", () => {
  expect(stepInWords("30d", Date.parse("2026-03-04T00:00:00Z") / 1000)).toBe("Mar 4");
});
