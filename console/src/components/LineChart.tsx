import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatClock, formatCompact } from "~/lib/format";
import classes from "./LineChart.module.css";
import type { Tone } from "./StatusDot";

export interface ChartLine {
  label: string;
  tone: Tone;
  dash?: number[];
  values: readonly (number | null)[];
}

interface LineChartProps {
  label: string;
  /** Unix seconds, ascending. */
  times: readonly number[];
  lines: readonly ChartLine[];
  unit: string;
  height?: number;
  /** Draws the area under the first line. */
  filled?: boolean;
}

/** Lines over time, cheap enough to redraw every second. Its line of text says the unit, and what is under the pointer. */
export default function LineChart({ label, times, lines, unit, height = 200, filled = true }: LineChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme("light");
  const [pointed, setPointed] = useState<number | null>(null);
  const shape = lines.map((line) => `${line.label}:${line.tone}`).join("|");
  const data = useMemo(() => [times, ...lines.map((line) => line.values)] as uPlot.AlignedData, [times, lines]);
  const latest = useRef(data);
  latest.current = data;

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
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        padding: [8, 4, 0, 0],
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.12, 1)] } },
        axes: [
          { ...axis, grid: { show: false }, size: 26, gap: 6, space: 80, values: (_, ticks) => ticks.map((tick) => formatClock(tick * 1000).replace(/:00$/, "")) },
          { ...axis, size: 46, space: 36, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatCompact(tick) : String(tick))) },
        ],
        series: [
          {},
          ...lines.map((line, index) => ({
            label: line.label,
            stroke: color(`--pd-${line.tone}-dot`),
            width: 1.75,
            dash: line.dash,
            fill: filled && index === 0 ? `${color(`--pd-${line.tone}-dot`)}1c` : undefined,
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
    // The lines' values go through setData below; only their number and look need a new chart.
  }, [scheme, height, shape, filled]);

  useEffect(() => plot.current?.setData(data), [data]);

  const when = pointed === null ? undefined : times[pointed];
  return (
    <figure className={classes.chart} style={{ margin: 0 }} aria-label={label}>
      <figcaption className={classes.legend}>
        {pointed === null || when === undefined ? (
          unit
        ) : (
          <>
            <span className="tabular">{formatClock(when * 1000)}</span>
            {lines.map((line) => (
              <span key={line.label} className={classes.item}>
                <span className={classes.swatch} style={{ borderColor: `var(--pd-${line.tone}-dot)`, borderTopStyle: line.dash ? "dashed" : "solid" }} aria-hidden />
                {line.label}
                <span className={`${classes.value} tabular`}>{formatCompact(line.values[pointed] ?? 0)}</span>
              </span>
            ))}
          </>
        )}
      </figcaption>
      <div ref={host} style={{ height }} aria-hidden />
    </figure>
  );
}
