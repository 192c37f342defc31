import { ActionIcon, Button, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle, IconHourglassEmpty, IconStack2, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { previewReplay, replaysQuery, startReplay } from "~/api/delivery";
import type { Replay, ReplayScope } from "~/api/delivery-model";
import type { Destination } from "~/api/model";
import type { ReplaysSearch } from "~/app/router";
import { ByHand } from "~/components/ByHand";
import { ChoiceCards } from "~/components/ChoiceCards";
import { notifyDone } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { ProblemSentence, Sentence } from "~/components/Sentence";
import { localZone } from "~/lib/local-time";
import { EVENT_TYPES } from "~/pages/live/EventType";
import { ExpiredView } from "./ExpiredView";
import { initialFields, RATE_MAX, type ReplayFields, specOf } from "./replay-form";
import { ReplayPreviewView } from "./ReplayPreviewView";
import { isWorthStarting, replayCall } from "./replay-words";
import classes from "./Replays.module.css";

interface ReplayFormProps {
  search: ReplaysSearch;
  destinations: Destination[];
  onStarted: (replay: Replay) => void;
  onClose: () => void;
}

/** Chooses what to send again, shows what that is, and starts it only then. */
export function ReplayForm({ search, destinations, onStarted, onClose }: ReplayFormProps) {
  const queryClient = useQueryClient();
  const [fields, setFields] = useState(() => initialFields(search, destinations.length === 1 ? destinations[0]?.id : undefined, Date.now()));
  const [errors, setErrors] = useState<Partial<Record<keyof ReplayFields, string>>>({});
  const preview = useMutation({ mutationFn: previewReplay });
  const start = useMutation({
    mutationFn: startReplay,
    onSuccess: async (replay) => {
      await queryClient.invalidateQueries({ queryKey: replaysQuery.queryKey });
      notifyDone("The replay has begun.");
      onStarted(replay);
    },
  });
  const change = (next: Partial<ReplayFields>) => {
    setFields((known) => ({ ...known, ...next }));
    setErrors({});
    // What was previewed is no longer what would be started.
    preview.reset();
    start.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = specOf(fields);
    setErrors("errors" in read ? read.errors : {});
    if ("spec" in read) preview.mutate(read.spec);
  }

  return (
    <Panel
      title="Replay events"
      description="Sends past events to a destination again, at a rate of its own beside what is new."
      actions={
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      }
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Fields fields={fields} errors={errors} destinations={destinations} onChange={change} />
          <Group>
            <Button type="submit" variant={preview.data ? "default" : "filled"} loading={preview.isPending}>
              Preview
            </Button>
          </Group>
        </Stack>
      </form>
      <div className={classes.shown} aria-live="polite">
        {preview.isError && <ProblemSentence error={preview.error} />}
        {preview.data && preview.variables && (
          <>
            <ReplayPreviewView preview={preview.data} />
            {isWorthStarting(preview.data) && (
              <>
                <Sentence
                  tone="info"
                  reason="The destination may get events that it has already."
                  remedy="An event that is sent alone has the idempotency key of its first delivery. In batches, the `messageId` of each event tells which ones have come before."
                />
                {start.isError && <ProblemSentence error={start.error} />}
                <Group justify="space-between">
                  <Button loading={start.isPending} onClick={() => start.mutate(preview.variables)}>
                    Start replay
                  </Button>
                  <ByHand call={replayCall(preview.variables)} />
                </Group>
              </>
            )}
          </>
        )}
      </div>
    </Panel>
  );
}

interface FieldsProps {
  fields: ReplayFields;
  errors: Partial<Record<keyof ReplayFields, string>>;
  destinations: Destination[];
  onChange: (next: Partial<ReplayFields>) => void;
}

function Fields({ fields, errors, destinations, onChange }: FieldsProps) {
  return (
    <>
      <Select
        label="Destination"
        description="It has to be switched on."
        placeholder="Choose a destination"
        allowDeselect={false}
        searchable={destinations.length > 8}
        nothingFoundMessage="No destination"
        data={destinations.map((each) => ({ value: each.id, label: each.enabled ? each.name : `${each.name} (disabled)` }))}
        value={fields.destinationId || null}
        error={errors.destinationId}
        onChange={(next) => onChange({ destinationId: next ?? "" })}
        maw={420}
      />
      <ChoiceCards
        label="What to send"
        value={fields.only}
        onChange={(next) => onChange({ only: next as ReplayScope })}
        choices={[
          { value: "FAILURES", name: "Just failures", text: "What failed or expired within the time, and was not delivered since.", icon: <IconAlertCircle size={20} stroke={1.6} /> },
          { value: "EXPIRED", name: "Just expired", text: "What ran out of time, from where it is kept, also when the stream no longer has it.", icon: <IconHourglassEmpty size={20} stroke={1.6} /> },
          { value: "EVERYTHING", name: "Everything", text: "All events of the source within the time, also those that arrived.", icon: <IconStack2 size={20} stroke={1.6} /> },
        ]}
      />
      {fields.only === "EXPIRED" && fields.destinationId && <ExpiredView destinationId={fields.destinationId} />}
      <div className={classes.fields}>
        <TextInput
          type="datetime-local"
          step={1}
          label="From"
          description={`Received then or later, ${localZone()}.`}
          value={fields.from}
          error={errors.from}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="To"
          description={`Received before, ${localZone()}.`}
          value={fields.to}
          error={errors.to}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
        />
        <Select
          label="Event type"
          description="Only events of this type."
          placeholder="Any type"
          clearable
          clearButtonProps={{ "aria-label": "Any type" }}
          data={EVENT_TYPES.map((value) => ({ value, label: value }))}
          value={fields.eventType || null}
          onChange={(next) => onChange({ eventType: next ?? "" })}
        />
        <TextInput
          label="Event name"
          description="Only events with exactly this name."
          placeholder="Any name"
          autoComplete="off"
          spellCheck={false}
          value={fields.eventName}
          onChange={(event) => onChange({ eventName: event.currentTarget.value })}
        />
        <NumberInput
          label="Events per second"
          description="At most; new events are not held up."
          min={1}
          max={RATE_MAX}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
          hideControls
          value={fields.rate}
          error={errors.rate}
          onChange={(rate) => onChange({ rate })}
        />
      </div>
    </>
  );
}
