import { Button, Fieldset, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createDestination, updateDestination } from "~/api/actions";
import type { Destination, DestinationMetadata, Source } from "~/api/model";
import { destinationQuery, destinationsQuery } from "~/api/queries";
import { ByHand, type HandCall } from "~/components/ByHand";
import { ProblemSentence } from "~/components/Sentence";
import { hasReceipts } from "~/pages/delivery/has-receipts";
import { DeliveryRulesFields } from "../DeliveryRulesFields";
import { fieldsOf, RATE_HELP, rulesOf } from "../delivery-rules";
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
  const [ruleFields, setRuleFields] = useState(() => fieldsOf(destination?.delivery ?? {}));
  const [rateError, setRateError] = useState<string>();
  // An archive takes files, which have neither order nor pace.
  const hasRules = hasReceipts({ metadata: entry });
  const rules = rulesOf(ruleFields);
  const change = () => ({ name: name.trim(), settings: settingsOf(entry, values, destination?.settings), ...(hasRules && rules && { delivery: rules }) });
  const creation = () => ({ sourceId, metadataId: entry.id, enabled: false, ...change() });
  const mutation = useMutation({
    mutationFn: () => (destination ? updateDestination(destination.id, change()) : createDestination(creation())),
    onSuccess: (saved) => {
      queryClient.setQueryData(destinationQuery(saved.id).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: destinationsQuery.queryKey, exact: true });
      onSaved(saved);
    },
    onError: (error) => {
      setErrors(fieldErrors(error));
      setRateError(fieldErrors(error, "delivery").eventsPerSecondMax);
    },
  });
  const hand: HandCall = destination
    ? { method: "PATCH", path: `/destinations/${destination.id}`, body: change() }
    : { method: "POST", path: "/destinations", body: creation() };

  function submit(event: FormEvent) {
    event.preventDefault();
    const missing = missingSettings(entry, values);
    setErrors(Object.fromEntries(missing.map((option) => [option, "This is needed to connect."])));
    const isRateGood = !hasRules || rules !== null;
    setRateError(isRateGood ? undefined : RATE_HELP);
    if (missing.length === 0 && isRateGood) mutation.mutate();
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
        {hasRules && (
          <Fieldset legend="Order and pace">
            <Stack gap="md">
              <DeliveryRulesFields
                fields={ruleFields}
                rateError={rateError}
                onChange={(next) => {
                  setRuleFields((known) => ({ ...known, ...next }));
                  setRateError(undefined);
                }}
              />
            </Stack>
          </Fieldset>
        )}
        {mutation.isError && Object.keys(errors).length === 0 && !rateError && <ProblemSentence error={mutation.error} />}
        {!destination && (
          <Text size="sm" c="dimmed">
            It is created switched off, and receives nothing before the last step.
          </Text>
        )}
        <Group justify="space-between">
          {rules ? <ByHand call={hand} /> : <span />}
          <Button type="submit" loading={mutation.isPending}>
            {destination ? "Save and continue" : "Continue"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
