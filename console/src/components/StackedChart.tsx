import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatCompact, formatCount } from "~/lib/format";
import { stacked } from "~/lib/stacked";
import classes from "./StackedChart.module.css";
import type { Tone } from "./StatusDot";

export interface ChartLayer {
  label: string;
  tone: Tone;
  values: readonly number[];
}

interface StackedChartProps {
  label: string;
  /** Unix seconds, ascending: when each step began. */
  times: readonly number[];
  /** From the bottom up. */
  layers: readonly ChartLayer[];
  /** What the layers have to add up to: told beside them, not drawn. */
  total: ChartLayer;
  /** How the start of a step is written out. */
  formatTime: (seconds: number) => string;
  /** The same, as short as an axis wants it. */
  formatTick: (seconds: number) => string;
  /** What stands in the line of text while nothing is pointed at. */
  unit: string;
  height?: number;
}

/** Bars over time whose parts add up. What is under the pointer stands in its line of text, with all numbers. */
export default function StackedChart({ label, times, layers, total, formatTime, formatTick, unit, height = 190 }: StackedChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme("light");
  const [pointed, setPointed] = useState<number | null>(null);
  const shape = layers.map((layer) => `${layer.label}:${layer.tone}`).join("|");
  const data = useMemo(
    // The highest first, so that each lower one covers it up to its own height.
    () => [times, ...stacked(layers.map((layer) => layer.values)).reverse()] as uPlot.AlignedData,
    [times, layers],
  );
  const latest = useRef(data);
  latest.current = data;
  const written = useRef(formatTick);
  written.current = formatTick;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const color = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
    const axis = {
      stroke: color("--mantine-color-dimmed"),
      font: `11px ${getComputedStyle(element).fontFamily}`,
      grid: { stroke: color("--pd-line"), width: 1 },
      ticks: { show: false },
    };
    const bars = uPlot.paths.bars?.({ size: [0.82, 34], radius: 0.12 });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        // The last step's time has room on the right.
        padding: [8, 18, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { range: (self, min, max) => barRange(self.data[0], min, max) },
          y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 26, gap: 6, space: 84, values: (_, ticks) => ticks.map((tick) => written.current(tick)) },
          { ...axis, size: 46, space: 36, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatCompact(tick) : "")) },
        ],
        series: [
          {},
          ...[...layers].reverse().map((layer) => ({
            label: layer.label,
            stroke: color(`--pd-${layer.tone}-dot`),
            fill: color(`--pd-${layer.tone}-dot`),
            width: 0,
            paths: bars,
            points: { show: false },
          })),
        ],
        hooks: { setCursor: [(chart) => setPointed(chart.cursor.idx ?? null)] },
      },
      latest.current,
      element,
    );
    plot.current = chart;
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
      plot.current = null;
    };
    // The values go through setData below; only the layers' number and look need a new chart.
  }, [scheme, height, shape]);

  useEffect(() => plot.current?.setData(data), [data]);

  const when = pointed === null ? undefined : times[pointed];
  const count = (layer: ChartLayer) => (pointed === null || when === undefined ? null : formatCount(layer.values[pointed] ?? 0));
  return (
    <figure className={classes.chart} aria-label={label}>
      <figcaption className={classes.legend}>
        <span className={`${classes.when} tabular`}>{when === undefined ? unit : formatTime(when)}</span>
        {layers.map((layer) => (
          <span key={layer.label} className={classes.item}>
            <span className={classes.swatch} style={{ background: `var(--pd-${layer.tone}-dot)` }} aria-hidden />
            {layer.label}
            {count(layer) !== null && <span className={`${classes.value} tabular`}>{count(layer)}</span>}
          </span>
        ))}
        {count(total) !== null && (
          <span className={classes.item}>
            {total.label}
            <span className={`${classes.value} tabular`}>{count(total)}</span>
          </span>
        )}
      </figcaption>
      <div ref={host} style={{ height }} aria-hidden />
    </figure>
  );
}

/** Half a step of room on both sides, so that the first and the last bar are whole. */
function barRange(times: ArrayLike<number>, min: number, max: number): [number, number] {
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 60;
  return [min - step / 2, max + step / 2];
}
