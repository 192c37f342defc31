import { Tooltip } from "@mantine/core";
import { formatAgo, formatExactTime } from "~/lib/format";
import { useNow } from "~/lib/use-now";

/** A moment as people speak of it, exact with its zone on hover. */
export function TimeAgo({ time, never = "never" }: { time: string | null | undefined; never?: string }) {
  const now = useNow();
  if (!time) return <span style={{ color: "var(--mantine-color-dimmed)" }}>{never}</span>;
  return (
    <Tooltip label={formatExactTime(time)}>
      <time dateTime={time} className="tabular" style={{ whiteSpace: "nowrap" }}>
        {formatAgo(time, now)}
      </time>
    </Tooltip>
  );
}
