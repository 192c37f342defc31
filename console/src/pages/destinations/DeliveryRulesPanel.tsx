import { Button, Group, NumberInput, Stack, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { updateDestination } from "~/api/actions";
import type { DeliveryRules, Destination } from "~/api/model";
import { destinationQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { notifyDone } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";
import { fieldsOf, RATE_HELP, type RuleFields, rulesOf } from "./delivery-rules";
import { fieldErrors } from "./field-errors";

/** In which order and how quickly a destination is sent to, whatever tool it is. */
export function DeliveryRulesPanel({ destination }: { destination: Destination }) {
  const queryClient = useQueryClient();
  const [fields, setFields] = useState(() => fieldsOf(destination.delivery));
  const [rateError, setRateError] = useState<string>();
  const save = useMutation({
    mutationFn: (delivery: DeliveryRules) => updateDestination(destination.id, { delivery }),
    onSuccess: (updated) => {
      queryClient.setQueryData(destinationQuery(destination.id).queryKey, updated);
      void queryClient.invalidateQueries({ queryKey: ["destinations"], exact: true });
      setFields(fieldsOf(updated.delivery));
      notifyDone("Saved. Delivery keeps to it from now on.");
    },
    onError: (error) => setRateError(fieldErrors(error, "delivery").eventsPerSecondMax),
  });
  const change = (next: Partial<RuleFields>) => {
    setFields((known) => ({ ...known, ...next }));
    setRateError(undefined);
    save.reset();
  };
  const rules = rulesOf(fields);

  function submit(event: FormEvent) {
    event.preventDefault();
    setRateError(rules ? undefined : RATE_HELP);
    if (rules) save.mutate(rules);
  }

  return (
    <Panel title="Delivery">
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={620}>
          <Switch
            label="Keep each person's events in order"
            description="An event that fails holds back that person's later ones for as long as it is tried again; nobody else's wait. Events that name no person go as they come."
            checked={fields.inOrder}
            onChange={(event) => change({ inOrder: event.currentTarget.checked })}
          />
          <NumberInput
            label="At most so many events a second"
            description="What is more waits. Left empty, as many go out as the destination takes, which is found out by itself."
            placeholder="As many as it takes"
            min={1}
            clampBehavior="none"
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            hideControls
            value={fields.rate}
            error={rateError}
            onChange={(rate) => change({ rate })}
          />
          {save.isError && !rateError && <ProblemSentence error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            {rules && <ByHand call={{ method: "PATCH", path: `/destinations/${destination.id}`, body: { delivery: rules } }} />}
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
