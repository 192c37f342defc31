import { expect, it } from "vitest";
import { DELIVERY_SPANS, deliveryRange, stepsOf } from "./delivery-range";

const NOW = Date.parse("2026-03-31T12:34:56.789Z");

it("a range ends with the step that runs", () => {
  expect(deliveryRange("1h", NOW)).toEqual({ startTime: "2026-03-31T11:35:00.000Z", endTime: "2026-03-31T12:35:00.000Z", granularity: "MINUTE" });
  expect(deliveryRange("30d", NOW)).toEqual({ startTime: "2026-03-02T00:00:00.000Z", endTime: "2026-04-01T00:00:00.000Z", granularity: "DAY" });
});

it("no range is longer than the server tells apart", () => {
  const hoursMax = { MINUTE: 4, HOUR: 14 * 24, DAY: 30 * 24 };
  for (const span of DELIVERY_SPANS) {
    const { startTime, endTime, granularity } = deliveryRange(span, NOW);
    expect((Date.parse(endTime) - Date.parse(startTime)) / 3_600_000).toBeLessThanOrEqual(hoursMax[granularity]);
  }
});

it("each step of a range has its start", () => {
  const steps = stepsOf(deliveryRange("24h", NOW));
  expect(steps).toHaveLength(24);
  expect(new Date((steps.at(-1) ?? 0) * 1000).toISOString()).toBe("2026-03-31T12:00:00.000Z");
});
