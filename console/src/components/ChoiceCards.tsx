import type { ReactNode } from "react";
import classes from "./ChoiceCards.module.css";

export interface Choice {
  value: string;
  name: string;
  text?: string | null;
  icon: ReactNode;
}

interface ChoiceCardsProps {
  label: string;
  choices: Choice[];
  value: string | undefined;
  onChange: (value: string) => void;
}

/** One of several kinds, as cards. Underneath they are radio buttons: arrows move, a label names the group. */
export function ChoiceCards({ label, choices, value, onChange }: ChoiceCardsProps) {
  return (
    <fieldset className={classes.grid} data-names-only={choices.every((choice) => !choice.text) || undefined}>
      <legend className="visually-hidden">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={classes.card} data-checked={choice.value === value || undefined}>
          <input
            type="radio"
            name={label}
            className="visually-hidden"
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span className={classes.icon} aria-hidden>
            {choice.icon}
          </span>
          <span>
            <span className={classes.name}>{choice.name}</span>
            {choice.text && <span className={classes.text}>{choice.text}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
