import { expect, it } from "vitest";
import { between } from "~/api/delivery-range";
import { toLocalField } from "~/lib/local-time";
import { minuteInWords } from "./delivery-words";
import { initialRange, rangeOf } from "./range-form";

const NOW = Date.parse("2026-03-31T12:34:56.789Z");
const typed = (hoursAgo: number) => toLocalField(NOW - hoursAgo * 3_600_000).slice(0, 16);
const errors = (from: string, to: string) => {
  const read = rangeOf({ from, to }, NOW);
  return "errors" in read ? read.errors : {};
};

it("what is shown can be narrowed: the fields begin with it", () => {
  expect(rangeOf(initialRange("1h", NOW), NOW)).toEqual({ span: "2026-03-31T11:35:00Z/2026-03-31T12:34:00Z" });
  const span = between(Date.parse("2026-03-30T08:00:00Z"), Date.parse("2026-03-30T09:30:00Z"));
  expect(rangeOf(initialRange(span, NOW), NOW)).toEqual({ span });
});

it("a range that makes no sense says so at its field", () => {
  expect(errors("", "")).toEqual({ from: "Give the time at which the range begins.", to: "Give the time at which the range ends." });
  expect(errors(typed(1), typed(2))).toEqual({ to: "Give an end that is after the start." });
  expect(errors(typed(1), typed(1))).toEqual({ to: "Give an end that is after the start." });
  expect(errors(typed(1), typed(-1))).toEqual({ to: "Give an end that does not lie in the future." });
  expect(errors(typed(-1), typed(0))).toMatchObject({ from: "Give a start that lies in the past." });
});

it("a range that is no longer kept says since when counts are, and that moment is taken", () => {
  expect(errors(toLocalField("2026-03-01T12:35:00Z").slice(0, 16), typed(1))).toEqual({});
  expect(errors(typed(30 * 24 + 1), typed(1)).from).toBe(`Counts are kept for 30 days. Give ${minuteInWords(Date.parse("2026-03-01T12:35:00Z"))} or later.`);
});
