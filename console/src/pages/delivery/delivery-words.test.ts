import { expect, it } from "vitest";
import { between, deliveryRange } from "~/api/delivery-range";
import { spanLabel, stepInWords, tickInWords, valueInWords } from "./delivery-words";

it("values that are not words are put into words", () => {
  expect(valueInWords("discardReason", "successes.attempt.1")).toBe("Delivered at once");
  expect(valueInWords("discardReason", "successes.attempt.3")).toBe("Delivered at attempt 3");
  expect(valueInWords("eventName", "")).toBe("No name");
  expect(valueInWords("eventName", "(other)")).toBe("All others");
  expect(valueInWords("eventName", "Signed Up")).toBe("Signed Up");
});

const NOW = Date.parse("2026-03-31T12:34:56.789Z");
const local = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute).getTime();

it("a day is the one of UTC, as the server counts it", () => {
  expect(stepInWords(deliveryRange("30d", NOW), Date.parse("2026-03-04T00:00:00Z") / 1000)).toBe("Mar 4");
});

it("a step has its day where the range is longer than one", () => {
  const step = local(29, 14) / 1000;
  expect(stepInWords(deliveryRange("24h", NOW), step)).toBe("14:00");
  expect(stepInWords(deliveryRange("7d", NOW), step)).toBe("Mar 29, 14:00");
  expect(stepInWords(deliveryRange(between(local(28, 10), local(30, 10)), NOW), step)).toBe("Mar 29, 14:00");
  expect(tickInWords(deliveryRange("24h", NOW), local(29, 0) / 1000)).toBe("Mar 29");
});

it("a range between two moments is told by them, in this computer's zone", () => {
  expect(spanLabel("14d")).toBe("2 weeks");
  expect(spanLabel(between(local(28, 10), local(28, 12, 30)))).toBe("Mar 28, 10:00 to 12:30");
  expect(spanLabel(between(local(28, 10), local(29, 9, 5)))).toBe("Mar 28, 10:00 to Mar 29, 09:05");
});
