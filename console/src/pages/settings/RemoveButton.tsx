import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={label} onClick={onClick}>
        <IconTrash size={16} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
