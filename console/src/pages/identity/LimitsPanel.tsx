import { NumberInput } from "@mantine/core";
import type { Rules } from "~/api/rules";
import { Panel } from "~/components/Panel";
import classes from "./IdentityPage.module.css";

interface LimitsPanelProps {
  rules: Rules;
  /** Absent where the person may only look. */
  onChange?: (rules: Rules) => void;
}

/** What holds for every type. */
export function LimitsPanel({ rules, onChange }: LimitsPanelProps) {
  const field = (label: string, description: string, value: number, change: (value: number) => Partial<Rules>) => (
    <NumberInput
      label={label}
      description={description}
      value={value}
      min={0}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      readOnly={!onChange}
      onChange={(next) => onChange?.({ ...rules, ...change(Number(next) || 0) })}
    />
  );
  return (
    <Panel title="Bounds" description="What no profile and no identifier goes beyond, whatever the limits of types say.">
      <div className={classes.fields}>
        {field("Merges", "That made one profile.", rules.caps.merges, (merges) => ({ caps: { ...rules.caps, merges } }))}
        {field("Identifiers", "Of one profile.", rules.caps.mappings, (mappings) => ({ caps: { ...rules.caps, mappings } }))}
        {field("Sets", "An identifier in more is a shared one.", rules.hairballs.sets, (sets) => ({ hairballs: { sets } }))}
        {field("Hours late", "Then the time of arrival counts.", rules.lateness.late_hours, (late_hours) => ({ lateness: { late_hours } }))}
      </div>
    </Panel>
  );
}
