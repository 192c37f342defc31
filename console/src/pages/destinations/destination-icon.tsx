import { IconArchive, IconSend, IconWebhook, type Icon } from "@tabler/icons-react";

const ICONS: Record<string, Icon> = { webhook: IconWebhook, archive: IconArchive };

export function DestinationIcon({ metadataId, size = 18 }: { metadataId: string; size?: number }) {
  const Shown = ICONS[metadataId] ?? IconSend;
  return <Shown size={size} stroke={1.6} aria-hidden />;
}
