import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { problemFrom } from "~/api/problem";

/** Long enough to read the sentence and reach for the button. */
const UNDO_MS = 8_000;

export function notifyProblem(error: unknown) {
  notifications.show({ message: problemFrom(error).message, color: "red.8", autoClose: UNDO_MS });
}

export function notifyDone(message: string) {
  notifications.show({ message });
}

/** Says what was done and offers to take it back. */
export function notifyUndoable(message: string, undo: () => Promise<unknown>) {
  const id = notifications.show({
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        {message}
        <Button
          size="compact-sm"
          variant="default"
          style={{ flexShrink: 0 }}
          onClick={() => {
            notifications.hide(id);
            undo().catch(notifyProblem);
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
