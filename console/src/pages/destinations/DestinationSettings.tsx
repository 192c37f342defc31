import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { deleteDestination, updateDestination } from "~/api/actions";
import type { Destination } from "~/api/model";
import { destinationQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { ConfirmDanger, DangerRow, DangerZone } from "~/components/DangerZone";
import { notifyDone } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import { DeliveryRulesPanel } from "./DeliveryRulesPanel";
import { fieldErrors } from "./field-errors";
import { SettingsFields } from "./SettingsFields";
import { initialValues, missingSettings, settingsOf } from "./settings-form";

export function DestinationSettings({ destination }: { destination: Destination }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const entry = destination.metadata;
  const [name, setName] = useState(destination.name);
  const [values, setValues] = useState(() => initialValues(entry.options, destination.settings));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const change = () => ({ name: name.trim(), settings: settingsOf(entry, values, destination.settings) });
  const save = useMutation({
    mutationFn: () => updateDestination(destination.id, change()),
    onSuccess: (updated) => {
      queryClient.setQueryData(destinationQuery(destination.id).queryKey, updated);
      void queryClient.invalidateQueries({ queryKey: ["destinations"], exact: true });
      setValues(initialValues(entry.options, updated.settings));
      notifyDone("Saved. The next event is delivered with these settings.");
    },
    onError: (error) => setErrors(fieldErrors(error)),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const missing = missingSettings(entry, values);
    setErrors(Object.fromEntries(missing.map((option) => [option, "This is needed to deliver."])));
    if (missing.length === 0) save.mutate();
  }

  return (
    <Stack gap="lg">
      <Panel title="Settings">
        <form onSubmit={submit} noValidate>
          <Stack gap="md" maw={620}>
            <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <SettingsFields entry={entry} values={values} errors={errors} onChange={(option, value) => setValues((known) => ({ ...known, [option]: value }))} />
            {save.isError && Object.keys(errors).length === 0 && <ProblemSentence error={save.error} />}
            <Group>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
              <ByHand call={{ method: "PATCH", path: `/destinations/${destination.id}`, body: change() }} />
            </Group>
          </Stack>
        </form>
      </Panel>
      {hasReceipts(destination) && <DeliveryRulesPanel destination={destination} />}
      <DangerZone>
        <DangerRow
          title="Delete this destination"
          text="It receives nothing more, and its place in the stream is forgotten. What it already received stays there."
          action={
            <ConfirmDanger
              action="Delete destination"
              name={destination.name}
              consequence={`${destination.name} receives no further event. This cannot be undone; disabling it can.`}
              run={() => deleteDestination(destination.id)}
              onDone={async () => {
                await navigate({ to: "/destinations" });
                queryClient.removeQueries({ queryKey: destinationQuery(destination.id).queryKey });
                await queryClient.invalidateQueries({ queryKey: ["destinations"] });
              }}
              hand={{ method: "DELETE", path: `/destinations/${destination.id}`, command: ["destination", "delete", destination.id] }}
            />
          }
        />
      </DangerZone>
    </Stack>
  );
}
