import { useCallback, useState } from "react";
import type { OverviewTick } from "~/api/model";

/** Two minutes of one tick a second. */
export const TICKS_MAX = 120;
const RATES = ["accepted", "processed", "delivered", "duplicates", "rejected"] as const;

export interface RateHistory {
  times: number[];
  values: Record<(typeof RATES)[number], (number | null)[]>;
}

/** The narrowest view: a line that has just begun would otherwise fill the whole width with two points. */
const TICKS_MIN = 30;

/** Starts half a minute back with nothing known, and widens to two minutes as ticks come. */
export function emptyHistory(nowSeconds: number): RateHistory {
  const blank = () => new Array<number | null>(TICKS_MIN).fill(null);
  return {
    times: Array.from({ length: TICKS_MIN }, (_, index) => nowSeconds - TICKS_MIN + index),
    values: { accepted: blank(), processed: blank(), delivered: blank(), duplicates: blank(), rejected: blank() },
  };
}

export function withTick(history: RateHistory, tick: { rates: Partial<OverviewTick["rates"]> }, nowSeconds: number): RateHistory {
  const last = history.times.at(-1) ?? 0;
  // What stands before the first tick leaves first.
  const unknown = history.values.accepted[0] === null;
  const append = <T>(list: T[], next: T) => [...(unknown ? list.slice(1) : list.slice(1 - TICKS_MAX)), next];
  return {
    // uPlot needs ascending times, and a clock set back must not break the chart.
    times: append(history.times, Math.max(nowSeconds, last + 0.001)),
    values: Object.fromEntries(RATES.map((name) => [name, append(history.values[name], tick.rates[name] ?? 0)])) as RateHistory["values"],
  };
}

export function useRateHistory(): [RateHistory, (tick: OverviewTick) => void] {
  const [history, setHistory] = useState(() => emptyHistory(Date.now() / 1000));
  const add = useCallback((tick: OverviewTick) => setHistory((known) => withTick(known, tick, Date.now() / 1000)), []);
  return [history, add];
}
