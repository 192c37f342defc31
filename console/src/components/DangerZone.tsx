import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ByHand, type HandCall } from "./ByHand";
import classes from "./DangerZone.module.css";
import { Panel } from "./Panel";
import { ProblemSentence } from "./Sentence";

/** Where a page keeps what cannot be undone. */
export function DangerZone({ children }: { children: ReactNode }) {
  return (
    <Panel title="Danger zone" flush>
      <div className={classes.rows}>{children}</div>
    </Panel>
  );
}

export function DangerRow({ title, text, action }: { title: string; text: ReactNode; action: ReactNode }) {
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Text fw={550}>{title}</Text>
        <Text c="dimmed" size="sm">
          {text}
        </Text>
      </div>
      {action}
    </div>
  );
}

interface ConfirmProps {
  /** The button's words and the dialog's title: "Delete source". */
  action: string;
  /** What is lost, for whom. */
  consequence: ReactNode;
  /** Must be typed before the button works. Leave out for what can be made again in a moment. */
  name?: string;
  run: () => Promise<unknown>;
  onDone?: () => void;
  hand?: HandCall;
  /** The words for leaving the dialog, where "Cancel" could mean two things. */
  dismiss?: string;
  /** The control that opens the dialog, when a plain button does not suit. */
  trigger?: (open: () => void) => ReactNode;
}

/** Asks before something is lost: says what, and asks for the name of what is deleted. */
export function ConfirmDanger({ action, consequence, name, run, onDone, hand, dismiss = "Cancel", trigger }: ConfirmProps) {
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  const mutation = useMutation({
    mutationFn: run,
    onSuccess: () => {
      setOpened(false);
      onDone?.();
    },
  });
  const open = () => {
    mutation.reset();
    setTyped("");
    setOpened(true);
  };
  const ready = name === undefined || typed.trim() === name;
  return (
    <>
      {trigger ? (
        trigger(open)
      ) : (
        <Button color="red" variant="outline" onClick={open} className={classes.button}>
          {action}
        </Button>
      )}
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>{action}</Text>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) mutation.mutate();
          }}
        >
          <Stack gap="md">
            <Text>{consequence}</Text>
            {name !== undefined && (
              <TextInput
                data-autofocus
                label={
                  <>
                    Type <strong>{name}</strong> to confirm
                  </>
                }
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                autoComplete="off"
                spellCheck={false}
              />
            )}
            {mutation.isError && <ProblemSentence error={mutation.error} />}
            <Group justify="space-between" gap="xs">
              {hand ? <ByHand call={hand} /> : <span />}
              <Group gap="xs">
                <Button variant="default" onClick={() => setOpened(false)}>
                  {dismiss}
                </Button>
                <Button type="submit" color="red.8" disabled={!ready} loading={mutation.isPending}>
                  {action}
                </Button>
              </Group>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
