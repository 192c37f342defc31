import { IconArrowMerge, IconBolt, IconDeviceMobile, IconFile, IconQuestionMark, IconUser, IconUsers, type Icon } from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  track: IconBolt,
  identify: IconUser,
  page: IconFile,
  screen: IconDeviceMobile,
  group: IconUsers,
  alias: IconArrowMerge,
};

/** The six calls, each with its sign. */
export const EVENT_TYPES = Object.keys(ICONS);

export function EventType({ type }: { type: string }) {
  const Shown = ICONS[type] ?? IconQuestionMark;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
      <Shown size={14} stroke={1.8} color="var(--mantine-color-dimmed)" style={{ flex: "none" }} aria-hidden />
      {type}
    </span>
  );
}

/** What an event is called where a name is wanted and not every type has one. */
export function eventTitle(event: { type: string; name?: string | null }): string {
  return event.name || { identify: "Identify", group: "Group", alias: "Alias", page: "Page", screen: "Screen" }[event.type] || event.type;
}
