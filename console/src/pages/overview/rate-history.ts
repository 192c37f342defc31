import { useCallback, useState } from "react";
import type { OverviewTick } from "~/api/model";

/** Two minutes of one tick a second. */
export const TICKS_MAX = 120;
const RATES = ["accepted", "processed", "delivered", "rejected"] as const;

export interface RateHistory {
  times: number[];
  values: Record<(typeof RATES)[number], (number | null)[]>;
}

/** Starts two minutes back with nothing known, so that the line grows in from the right at a steady scale. */
export function emptyHistory(nowSeconds: number): RateHistory {
  const blank = () => new Array<number | null>(TICKS_MAX).fill(null);
  return {
    times: Array.from({ length: TICKS_MAX }, (_, index) => nowSeconds - TICKS_MAX + index),
    values: { accepted: blank(), processed: blank(), delivered: blank(), rejected: blank() },
  };
}

export function withTick(history: RateHistory, tick: { rates: Partial<OverviewTick["rates"]> }, nowSeconds: number): RateHistory {
  const last = history.times.at(-1) ?? 0;
  const shift = <T>(list: T[], next: T) => [...list.slice(1 - TICKS_MAX), next];
  return {
    // uPlot needs ascending times, and a clock set back must not break the chart.
    times: shift(history.times, Math.max(nowSeconds, last + 0.001)),
    values: Object.fromEntries(RATES.map((name) => [name, shift(history.values[name], tick.rates[name] ?? 0)])) as RateHistory["values"],
  };
}

export function useRateHistory(): [RateHistory, (tick: OverviewTick) => void] {
  const [history, setHistory] = useState(() => emptyHistory(Date.now() / 1000));
  const add = useCallback((tick: OverviewTick) => setHistory((known) => withTick(known, tick, Date.now() / 1000)), []);
  return [history, add];
}
