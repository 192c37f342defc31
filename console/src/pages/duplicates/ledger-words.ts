import type { Ledger, LedgerCounts } from "~/api/model";
import type { LedgerSpan } from "~/api/ledger";
import type { Tone } from "~/components/StatusDot";
import { formatClock, plural } from "~/lib/format";

export const SPAN_LABELS: Record<LedgerSpan, string> = { "1h": "1 hour", "24h": "1 day", "7d": "7 days", "30d": "30 days" };

/** Whether everything has come to exactly one end, in words. */
export function balanceOf(ledger: Pick<Ledger, "balanced" | "caughtUp">): { tone: Tone; words: string } {
  if (!ledger.balanced) return { tone: "bad", words: "Does not add up" };
  if (!ledger.caughtUp) return { tone: "info", words: "Still being read" };
  return { tone: "good", words: "Adds up" };
}

/** How many messages are missing on the right, or too many: 0 where both sides are equal. */
export const differenceOf = (counts: LedgerCounts): number => counts.accepted - counts.processed - counts.duplicates - counts.rejected;

/** A length of time in whole minutes or hours, or in days from the second one on. */
export function spanInWords(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  if (seconds < 60) return "minute";
  if (hours === 0) return plural(Math.floor(seconds / 60), "minute");
  return hours < 48 ? plural(hours, "hour") : plural(Math.floor(hours / 24), "day");
}

const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });

/** The start of a step, as long as its span needs it. */
export function formatStep(span: LedgerSpan, seconds: number): string {
  const clock = formatClock(seconds * 1000).replace(/:\d\d$/, "");
  if (span === "1h" || span === "24h") return clock;
  return `${day.format(new Date(seconds * 1000))}, ${clock}`;
}

/** As `formatStep`, as short as an axis wants it: a midnight is its day. */
export function formatTick(span: LedgerSpan, seconds: number): string {
  const date = new Date(seconds * 1000);
  return span !== "1h" && date.getHours() === 0 && date.getMinutes() === 0 ? day.format(date) : formatStep(span, seconds);
}
