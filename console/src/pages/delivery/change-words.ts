import { formatCount, plural } from "~/lib/format";
import type { Change } from "./breakdown";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** How much more there is, in percent, to a tenth; undefined where there is nothing to compare with. Nearly all is not all. */
export function percentOf(change: Change): number | undefined {
  if (change.kind !== "by") return undefined;
  const percent = Math.round((change.now / change.before - 1) * 1000) / 10;
  return change.now > 0 ? Math.max(percent, -99.9) : percent;
}

/** As short as a table wants it: "+12 %", "−3.5 %", "new". */
export function changeInWords(change: Change): string {
  if (change.kind === "new") return "new";
  const percent = percentOf(change);
  if (percent === undefined) return "–";
  return `${percent > 0 ? "+" : percent < 0 ? "−" : ""}${amount(percent)} %`;
}

/** The same as a sentence. */
export function changeInFull(change: Change): string {
  if (change.kind === "new") return "New: there were none in the time before.";
  if (change.kind === "unknown")
    return change.why === "not kept" ? "Not known: the time before is no longer kept." : "Not known: there are too many values to compare each with the time before.";
  const percent = percentOf(change) ?? 0;
  const share = percent === 0 ? `${change.now === change.before ? "As" : "About as"} many as` : `${amount(percent)} % ${percent > 0 ? "more" : "less"} than`;
  return `${share} in the time before: ${plural(change.now, "event")} instead of ${formatCount(change.before)}.`;
}

const amount = (percent: number): string => (Math.abs(percent) < 10 || Math.abs(percent + 100) < 1 ? fine : whole).format(Math.abs(percent));
