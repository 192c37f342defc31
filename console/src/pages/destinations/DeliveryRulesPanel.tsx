import { Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { updateDestination } from "~/api/actions";
import type { DeliveryRules, Destination } from "~/api/model";
import { destinationQuery } from "~/api/queries";
import { ByHand } from "~/components/ByHand";
import { notifyDone } from "~/components/notify";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";
import { DeliveryRulesFields } from "./DeliveryRulesFields";
import { fieldsOf, RATE_HELP, type RuleFields, rulesCall, rulesOf } from "./delivery-rules";
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
          <DeliveryRulesFields fields={fields} rateError={rateError} onChange={change} />
          {save.isError && !rateError && <ProblemSentence error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            {rules && <ByHand call={rulesCall(destination.id, rules)} />}
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
