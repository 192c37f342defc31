import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createDestination, updateDestination } from "~/api/actions";
import type { Destination, DestinationMetadata, Source } from "~/api/model";
import { destinationQuery, destinationsQuery } from "~/api/queries";
import { ByHand, type HandCall } from "~/components/ByHand";
import { ProblemSentence } from "~/components/Sentence";
import { fieldErrors } from "../field-errors";
import { SettingsFields } from "../SettingsFields";
import { initialValues, missingSettings, settingsOf } from "../settings-form";

interface SettingsStepProps {
  entry: DestinationMetadata;
  sources: Source[];
  initialSource: string | undefined;
  destination: Destination | undefined;
  onSaved: (destination: Destination) => void;
}

/** Creates the destination, switched off; or changes it, when one came back. */
export function SettingsStep({ entry, sources, initialSource, destination, onSaved }: SettingsStepProps) {
  const queryClient = useQueryClient();
  const [name, setName] = useState(destination?.name ?? entry.name);
  const [sourceId, setSourceId] = useState(destination?.sourceId ?? initialSource ?? "");
  const [values, setValues] = useState(() => initialValues(entry.options, destination?.settings));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const change = () => ({ name: name.trim(), settings: settingsOf(entry, values, destination?.settings) });
  const creation = () => ({ sourceId, metadataId: entry.id, enabled: false, ...change() });
  const mutation = useMutation({
    mutationFn: () => (destination ? updateDestination(destination.id, change()) : createDestination(creation())),
    onSuccess: (saved) => {
      queryClient.setQueryData(destinationQuery(saved.id).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: destinationsQuery.queryKey, exact: true });
      onSaved(saved);
    },
    onError: (error) => setErrors(fieldErrors(error)),
  });
  const hand: HandCall = destination
    ? { method: "PATCH", path: `/destinations/${destination.id}`, body: change() }
    : { method: "POST", path: "/destinations", body: creation() };

  function submit(event: FormEvent) {
    event.preventDefault();
    const missing = missingSettings(entry, values);
    setErrors(Object.fromEntries(missing.map((option) => [option, "This is needed to connect."])));
    if (missing.length === 0) mutation.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Select
          label="Source"
          description={destination ? "Whose events it receives. It cannot be changed any more." : "Whose events it receives."}
          allowDeselect={false}
          disabled={destination !== undefined}
          data={sources.map((each) => ({ value: each.id, label: each.name }))}
          value={sourceId}
          onChange={(id) => id && setSourceId(id)}
        />
        <TextInput label="Name" description="Tells it apart from others of its kind." value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <SettingsFields entry={entry} values={values} errors={errors} onChange={(option, value) => setValues((known) => ({ ...known, [option]: value }))} />
        {mutation.isError && Object.keys(errors).length === 0 && <ProblemSentence error={mutation.error} />}
        {!destination && (
          <Text size="sm" c="dimmed">
            It is created switched off, and receives nothing before the last step.
          </Text>
        )}
        <Group justify="space-between">
          <ByHand call={hand} />
          <Button type="submit" loading={mutation.isPending}>
            {destination ? "Save and continue" : "Continue"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
