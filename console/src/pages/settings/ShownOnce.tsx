import { Button, Modal, Stack, Text } from "@mantine/core";
import { CodeBlock } from "~/components/CodeBlock";
import { Sentence } from "~/components/Sentence";

interface ShownOnceProps {
  title: string;
  /** The secret; nothing is shown while there is none. */
  secret: string | null;
  remedy: string;
  onClose: () => void;
}

/** Shows what the server will never show again, and does not close by accident. */
export function ShownOnce({ title, secret, remedy, onClose }: ShownOnceProps) {
  return (
    <Modal opened={secret !== null} onClose={onClose} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false} title={<Text fw={620}>{title}</Text>}>
      <Stack gap="md">
        <Sentence tone="warn" reason="This is shown once." remedy={remedy} />
        <CodeBlock code={secret ?? ""} title={title} wrap />
        <Button onClick={onClose} style={{ alignSelf: "flex-end" }}>
          I have copied it
        </Button>
      </Stack>
    </Modal>
  );
}
