import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { previewRules, type RulesInForce } from "~/api/identity";
import { ApiProblem } from "~/api/problem";
import type { Rules } from "~/api/rules";
import { ByHand, type HandCall } from "~/components/ByHand";
import { notifyDone } from "~/components/notify";
import { ProblemSentence } from "~/components/Sentence";
import { Words } from "~/components/Words";
import classes from "./IdentityPage.module.css";
import { Simulation } from "./Simulation";

interface RulesDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** The button's words. */
  action: string;
  /** In sentences, against what is in force. */
  changes: string[];
  rules: Rules;
  run: () => Promise<RulesInForce>;
  onDone: (applied: RulesInForce) => Promise<void>;
  hand: HandCall;
}

/** Tries rules on everybody, and applies them when they do what one wants. */
export function RulesDialog({ opened, onClose, title, ...rest }: RulesDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={<Text fw={620}>{title}</Text>}>
      {opened && <Review onClose={onClose} {...rest} />}
    </Modal>
  );
}

function Review({ action, changes, rules, run, onDone, onClose, hand }: Omit<RulesDialogProps, "opened" | "title">) {
  const preview = useQuery({
    queryKey: ["rules-preview", rules],
    queryFn: () => previewRules(rules),
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const mutation = useMutation({
    mutationFn: run,
    onSuccess: async (applied) => {
      notifyDone(`Version ${applied.version} of the rules is in force.`);
      await onDone(applied);
    },
  });
  // A graph that is too large to be tried on in a minute may be changed all the same; there is a way back.
  const isTooLarge = preview.error instanceof ApiProblem && preview.error.status === 503;
  return (
    <Stack gap="md">
      {changes.length > 0 && (
        <ul className={classes.list} aria-label="Changes">
          {changes.map((change) => (
            <li key={change}>
              <Words>{change}</Words>
            </li>
          ))}
        </ul>
      )}
      <div aria-busy={preview.isPending} style={{ minHeight: 170 }}>
        {preview.isPending && (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              Trying them on everybody, from the first event on.
            </Text>
            <Skeleton height={140} radius="md" />
          </>
        )}
        {preview.isError && <ProblemSentence error={preview.error} />}
        {preview.data && <Simulation preview={preview.data} />}
      </div>
      {mutation.isError && <ProblemSentence error={mutation.error} />}
      <Group justify="space-between" gap="xs">
        <ByHand call={hand} />
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={!preview.data && !isTooLarge} loading={mutation.isPending} onClick={() => mutation.mutate()}>
            {action}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
