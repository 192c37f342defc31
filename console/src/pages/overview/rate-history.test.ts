import { expect, it } from "vitest";
import { emptyHistory, TICKS_MAX, withTick } from "./rate-history";

it("keeps two minutes of rates and lets the oldest go", () => {
  let history = emptyHistory(1_000);
  for (let second = 1; second <= TICKS_MAX + 5; second++) history = withTick(history, { rates: { accepted: second } }, 1_000 + second);
  expect(history.times).toHaveLength(TICKS_MAX);
  expect(history.values.accepted[0]).toBe(6);
  expect(history.values.accepted.at(-1)).toBe(TICKS_MAX + 5);
  expect(history.values.delivered.at(-1)).toBe(0);
});

it("stays ascending when the computer's clock is set back", () => {
  const history = withTick(withTick(emptyHistory(1_000), { rates: {} }, 1_001), { rates: {} }, 900);
  expect(history.times.every((time, index) => index === 0 || time > (history.times[index - 1] ?? 0))).toBe(true);
});
