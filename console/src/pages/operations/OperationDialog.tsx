import { Button, Group, Modal, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { carryOut, previewOperation } from "~/api/identity";
import type { OperationEntry, OperationPreview } from "~/api/model";
import { readPeopleAnew } from "~/api/people";
import { ApiProblem } from "~/api/problem";
import { ByHand } from "~/components/ByHand";
import { ProblemSentence, Sentence } from "~/components/Sentence";
import { type Act, commandOf, undoAct } from "./acts";
import { BeforeAfter, OutlineLinks } from "./BeforeAfter";
import classes from "./OperationDialog.module.css";

/** As the server limits it. */
const REASON_CHARS_MAX = 500;

interface OperationDialogProps {
  /** Nothing is shown while there is none. */
  act: Act | null;
  onClose: () => void;
}

/** Shows what an act would do before it is done, does it, and offers to take it back. */
export function OperationDialog({ act, onClose }: OperationDialogProps) {
  // What an undo in the dialog itself replaces it by.
  const [next, setNext] = useState<Act | null>(null);
  useEffect(() => setNext(null), [act]);
  const shown = next ?? act;
  return (
    <Modal opened={act !== null} onClose={onClose} size="xl" title={<Text fw={620}>{shown?.title}</Text>}>
      {shown && <Steps key={JSON.stringify(shown.operation)} act={shown} onClose={onClose} onUndo={(entry) => setNext(undoAct(entry))} />}
    </Modal>
  );
}

interface StepsProps {
  act: Act;
  onClose: () => void;
  onUndo: (entry: OperationEntry) => void;
}

function Steps({ act, onClose, onUndo }: StepsProps) {
  const queryClient = useQueryClient();
  const [attempt, setAttempt] = useState(1);
  const [reason, setReason] = useState("");
  const preview = useQuery({
    queryKey: ["operation-preview", act.operation, attempt],
    queryFn: () => previewOperation(act.operation),
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const mutation = useMutation({
    mutationFn: (seen: OperationPreview) => carryOut(act.operation, reason.trim(), seen.fingerprint),
    onSuccess: () => readPeopleAnew(queryClient),
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 409) setAttempt(attempt + 1);
    },
  });
  if (mutation.data && preview.data) return <Done entry={mutation.data} preview={preview.data} onClose={onClose} onUndo={onUndo} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (preview.data) mutation.mutate(preview.data);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{act.meaning}</Text>
        {attempt > 1 && (
          <Sentence tone="warn" reason="Events came in the meantime, and nothing was done." remedy="This is what it would do now. Look at it again." announce />
        )}
        <div className={classes.preview} aria-busy={preview.isPending}>
          {preview.isPending && <Skeleton height={160} radius="md" />}
          {preview.isError && <ProblemSentence error={preview.error} />}
          {preview.data && <Told preview={preview.data} />}
        </div>
        <Textarea
          label="Reason"
          description="For those who come later. It stays in the list of changes."
          autosize
          minRows={2}
          maxRows={6}
          maxLength={REASON_CHARS_MAX}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {mutation.isError && !(mutation.error instanceof ApiProblem && mutation.error.status === 409) && <ProblemSentence error={mutation.error} />}
        <Group justify="space-between" gap="xs">
          <ByHand
            call={{
              method: "POST",
              path: "/identity/operations",
              body: { operation: act.operation, reason: reason.trim(), fingerprint: preview.data?.fingerprint },
              command: commandOf(act, reason.trim()),
            }}
          />
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!preview.data} loading={mutation.isPending}>
              {act.title}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function Told({ preview }: { preview: OperationPreview }) {
  return (
    <Stack gap="sm">
      <ul className={classes.sentences} aria-label="What it would do">
        {preview.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {preview.moves.length > 0 && <BeforeAfter preview={preview} />}
    </Stack>
  );
}

interface DoneProps {
  entry: OperationEntry;
  preview: OperationPreview;
  onClose: () => void;
  onUndo: (entry: OperationEntry) => void;
}

function Done({ entry, preview, onClose, onUndo }: DoneProps) {
  const { undone } = entry;
  return (
    <Stack gap="md">
      <Sentence
        tone="good"
        reason={undone ? `Undone: ${entry.sentence}` : `Done: ${entry.sentence}`}
        remedy={undone ? "It is as if it had never been." : "It is in the list of changes under Identity rules, and can be undone at any time."}
        announce
      />
      {preview.after.length > 0 && <OutlineLinks outlines={preview.after} />}
      <Group justify="flex-end" gap="xs">
        {!undone && (
          <Button variant="default" onClick={() => onUndo(entry)}>
            Undo
          </Button>
        )}
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  );
}
