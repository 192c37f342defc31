const integers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const exact = new Intl.DateTimeFormat("en", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
  timeZoneName: "short",
});
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

export const formatCount = (n: number): string => integers.format(n);
export const formatCompact = (n: number): string => (Math.abs(n) < 10_000 ? integers.format(n) : compact.format(n));
export const formatRate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 10 ? oneDecimal.format(perSecond) : formatCompact(Math.round(perSecond));

export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 10 && unit > 0 ? oneDecimal.format(size) : integers.format(size)} ${units[unit]}`;
}

/** The exact moment with its zone, for a tooltip. */
export const formatExactTime = (time: string | number): string => exact.format(new Date(time));
export const formatClock = (time: string | number): string => clock.format(new Date(time));

/** How long ago, in one unit: "now", "12 s ago", "3 min ago", "5 h ago", "2 d ago"; "in 3 min" for what lies ahead. */
export function formatAgo(time: string | number, now = Date.now()): string {
  const seconds = Math.round((now - new Date(time).getTime()) / 1000);
  const span = formatSpan(Math.abs(seconds));
  if (Math.abs(seconds) < 2) return "now";
  return seconds > 0 ? `${span} ago` : `in ${span}`;
}

/** A length of time in its largest whole unit. */
export function formatSpan(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A length of time that may be short: "12 ms", "1.4 s", "3 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${integers.format(ms)} ms`;
  return ms < 60_000 ? `${oneDecimal.format(ms / 1000)} s` : formatSpan(ms / 1000);
}

/** Shortens an id in the middle, where ids differ least to the eye. */
export function shortenMiddle(text: string, keep = 14): string {
  if (text.length <= keep + 1) return text;
  const head = Math.ceil(keep / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (keep - head))}`;
}

/** "1 event", "2 events". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** A slug the server accepts, made from a name as it is typed. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
}
