const two = (n: number): string => String(n).padStart(2, "0");

/** A moment as a `datetime-local` field wants it: in this computer's zone, to the second. */
export function toLocalField(time: number | string): string {
  const date = new Date(time);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The moment that such a field holds, in UTC; undefined while it is not filled. */
export function fromLocalField(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** The zone in which times are typed: "UTC", "Europe/Berlin". */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
