import { expect, it } from "vitest";
import { remedyOf, stepInWords, valueInWords } from "./delivery-words";

it("a reason that nobody foresaw has a remedy too", () => {
  expect(remedyOf("failed", "ETIMEDOUT")).toContain("address");
  expect(remedyOf("failed", "503")).toContain("trouble is at the destination");
  expect(remedyOf("failed", "422")).toContain("does not take this request");
  expect(remedyOf("failed", "SOMETHING_ELSE")).toContain("what came back");
  expect(remedyOf("filtered", "SOMETHING_ELSE")).toContain("Nothing is to be done");
});

it("what is filtered is never told to be replayed", () => {
  for (const code of ["FILTERED_BY_INTEGRATIONS_OBJECT", "MESSAGE_SENT_CLIENT_SIDE", "X"]) expect(remedyOf("filtered", code)).not.toContain("replay");
});

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
