import { NumberInput, Switch } from "@mantine/core";
import type { RuleFields } from "./delivery-rules";

interface DeliveryRulesFieldsProps {
  fields: RuleFields;
  rateError: string | undefined;
  onChange: (next: Partial<RuleFields>) => void;
}

/** Order and pace, as they are typed. */
export function DeliveryRulesFields({ fields, rateError, onChange }: DeliveryRulesFieldsProps) {
  return (
    <>
      <Switch
        label="Keep each person's events in order"
        description="An event that fails holds back that person's later ones for as long as it is tried again; nobody else's wait. Events that name no person go as they come."
        checked={fields.inOrder}
        onChange={(event) => onChange({ inOrder: event.currentTarget.checked })}
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
        onChange={(rate) => onChange({ rate })}
      />
    </>
  );
}
