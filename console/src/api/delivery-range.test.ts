import { expect, it } from "vitest";
import {
  between,
  type BetweenSpan,
  DELIVERY_SPANS,
  type DeliverySpan,
  deliveryRange,
  elapsedOf,
  rangeBefore,
  readSpan,
  receiptsWindow,
  spanProblem,
  stepsOf,
} from "./delivery-range";

const NOW = Date.parse("2026-03-31T12:34:56.789Z");
const HOUR = 3_600_000;
const ago = (hours: number) => NOW - hours * HOUR;

it("a range ends with the step that runs", () => {
  expect(deliveryRange("10m", NOW)).toEqual({ startTime: "2026-03-31T12:25:00.000Z", endTime: "2026-03-31T12:35:00.000Z", granularity: "MINUTE" });
  expect(deliveryRange("1h", NOW)).toEqual({ startTime: "2026-03-31T11:35:00.000Z", endTime: "2026-03-31T12:35:00.000Z", granularity: "MINUTE" });
  expect(deliveryRange("14d", NOW)).toEqual({ startTime: "2026-03-17T13:00:00.000Z", endTime: "2026-03-31T13:00:00.000Z", granularity: "HOUR" });
  expect(deliveryRange("30d", NOW)).toEqual({ startTime: "2026-03-02T00:00:00.000Z", endTime: "2026-04-01T00:00:00.000Z", granularity: "DAY" });
});

it("a range between two moments has the smallest steps that the server tells apart", () => {
  const granularity = (start: number, end: number) => deliveryRange(between(start, end), NOW).granularity;
  expect(granularity(ago(3), NOW)).toBe("MINUTE");
  expect(granularity(ago(47), ago(46))).toBe("MINUTE");
  expect(granularity(ago(49), ago(48)), "minutes are kept for two days").toBe("HOUR");
  expect(granularity(ago(5), NOW)).toBe("HOUR");
  expect(granularity(ago(13 * 24), NOW)).toBe("HOUR");
  expect(granularity(ago(15 * 24), NOW)).toBe("DAY");
});

it("no range, and none before it, is longer or older than the server answers", () => {
  const hoursMax = { MINUTE: 4, HOUR: 14 * 24, DAY: 30 * 24 };
  const hoursKept = { MINUTE: 48, HOUR: 30 * 24, DAY: 30 * 24 };
  const customs = [0.1, 3.99, 4, 4.01, 24, 47.5, 336, 336.2, 719.9].flatMap((hours) => [between(ago(hours), NOW), between(ago(hours + 0.05), ago(0.05)), between(ago(720), ago(720 - hours))]);
  for (const span of [...DELIVERY_SPANS, ...customs]) {
    const range = deliveryRange(span, NOW);
    for (const each of [range, rangeBefore(range, NOW)]) {
      if (!each) continue;
      expect((Date.parse(each.endTime) - Date.parse(each.startTime)) / HOUR, span).toBeLessThanOrEqual(hoursMax[each.granularity]);
      expect((NOW - Date.parse(each.startTime)) / HOUR, span).toBeLessThanOrEqual(hoursKept[each.granularity]);
    }
  }
});

it("each step of a range has its start, also those in which it begins and ends", () => {
  const steps = stepsOf(deliveryRange("24h", NOW));
  expect(steps).toHaveLength(24);
  expect(new Date((steps.at(-1) ?? 0) * 1000).toISOString()).toBe("2026-03-31T12:00:00.000Z");
  const custom = deliveryRange("2026-03-30T00:30:00Z/2026-03-30T10:10:00Z", NOW);
  expect(stepsOf(custom).map((seconds) => new Date(seconds * 1000).getUTCHours())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

it("the range before has as many steps and ends where the other one begins", () => {
  const range = deliveryRange("7d", NOW);
  expect(rangeBefore(range, NOW)).toEqual({ startTime: "2026-03-17T13:00:00.000Z", endTime: range.startTime, granularity: "HOUR" });
  const custom = rangeBefore(deliveryRange("2026-03-30T00:30:00Z/2026-03-30T10:10:00Z", NOW), NOW);
  expect(custom).toEqual({ startTime: "2026-03-29T13:00:00.000Z", endTime: "2026-03-30T00:00:00.000Z", granularity: "HOUR" });
});

it("there is no range before where the server no longer keeps it", () => {
  const told = (span: DeliverySpan) => rangeBefore(deliveryRange(span, NOW), NOW) !== undefined;
  expect(DELIVERY_SPANS.filter(told)).toEqual(["10m", "1h", "24h", "7d", "14d"]);
  expect(told(between(ago(47), ago(44)))).toBe(false);
  expect(told(between(ago(16 * 24), NOW))).toBe(false);
});

it("the step that runs has not elapsed", () => {
  expect(elapsedOf(deliveryRange("10m", NOW), NOW)).toBe(9 * 60_000);
  expect(elapsedOf(deliveryRange("24h", NOW), NOW)).toBe(23 * HOUR);
  expect(elapsedOf(deliveryRange("2026-03-30T00:30:00Z/2026-03-30T10:10:00Z", NOW), NOW)).toBe(11 * HOUR);
});

it("a range in the address is read as it was written, and what makes no sense is as if it were not there", () => {
  const custom = between(ago(3), ago(1));
  expect(readSpan(custom)).toBe(custom);
  expect(readSpan("2026-03-30T00:30+02:00/2026-03-30T10:10:00.000Z")).toBe("2026-03-29T22:30:00Z/2026-03-30T10:10:00Z");
  expect(DELIVERY_SPANS.map(readSpan)).toEqual([...DELIVERY_SPANS]);
  for (const value of ["2h", "", "/", "a/b", "2026-03-30T10:00:00Z/", custom.split("/").reverse().join("/"), `${custom}/`, 7, null, undefined]) expect(readSpan(value)).toBeUndefined();
});

it("a range that is older or longer than what is kept says so", () => {
  const problem = (start: number, end: number) => spanProblem(between(start, end), NOW);
  expect(problem(ago(719), NOW)).toBeUndefined();
  expect(problem(ago(721), ago(700))).toContain("more than 30 days ago");
  expect(problem(ago(700), ago(-30))).toContain("longer than");
  expect(DELIVERY_SPANS.map((span) => spanProblem(span, NOW))).toEqual(DELIVERY_SPANS.map(() => undefined));
});

it("receipts of a length of time have no end, those between two moments have one", () => {
  const custom: BetweenSpan = "2026-03-30T00:30:00Z/2026-03-30T10:10:00Z";
  expect(receiptsWindow("1h", NOW)).toEqual({ startTime: "2026-03-31T11:35:00.000Z" });
  expect(receiptsWindow(custom, NOW)).toEqual({ startTime: "2026-03-30T00:30:00.000Z", endTime: "2026-03-30T10:10:00.000Z" });
});
