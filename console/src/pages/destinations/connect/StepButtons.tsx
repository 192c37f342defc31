import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

/** Back on one side, on with it on the other. */
export function StepButtons({ onBack, children }: { onBack: () => void; children: ReactNode }) {
  return (
    <Group justify="space-between">
      <Button variant="default" onClick={onBack}>
        Back
      </Button>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
