/** A small line that shows a course, not values. Its words stand beside it. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const width = 96;
  const height = 24;
  const max = Math.max(1, ...values);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${(height - 2 - (value / max) * (height - 4)).toFixed(1)}`);
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ display: "block" }}>
      <polyline points={points.join(" ")} fill="none" stroke="var(--pd-info-dot)" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
