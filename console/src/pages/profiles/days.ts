const day = new Intl.DateTimeFormat("en", { weekday: "short", year: "numeric", month: "short", day: "numeric" });

export interface Day<T> {
  /** "Thu, Nov 26, 2026" in the reader's zone. */
  label: string;
  events: T[];
}

/** Events of a timeline by the day on which they happened, in the order in which they come. */
export function byDay<T extends { timestamp: string }>(events: readonly T[], label = (time: string) => day.format(new Date(time))): Day<T>[] {
  const days: Day<T>[] = [];
  for (const event of events) {
    const of = label(event.timestamp);
    const last = days.at(-1);
    if (last?.label === of) last.events.push(event);
    else days.push({ label: of, events: [event] });
  }
  return days;
}
