import { Button, Checkbox, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { rulesProblemsQuery } from "~/api/identity";
import { type Rules, type TypeRule, WINDOWS } from "~/api/rules";
import { Sentence } from "~/components/Sentence";
import { ReadingFields } from "./ReadingFields";
import { WINDOW_WORDS } from "./rule-words";
import { withType } from "./rules-draft";

/** Typing rests before the server is asked whether the type can be used. */
const TYPING_RESTS_MS = 250;

interface TypeDialogProps {
  /** What is changed; `was` is absent of a new type. */
  opened: { was?: TypeRule; is: TypeRule } | null;
  rules: Rules;
  readOnly: boolean;
  onClose: () => void;
  /** The type as it is to be; none to take it out. */
  onKeep: (rule: TypeRule | undefined) => void;
}

/** One type with all its rules. What is kept goes into the draft, and nothing happens yet. */
export function TypeDialog({ opened, ...rest }: TypeDialogProps) {
  return (
    <Modal opened={opened !== null} onClose={rest.onClose} size="lg" title={<Text fw={620}>{opened?.was ? opened.was.type : "Add a type of identifier"}</Text>}>
      {opened && <TypeForm was={opened.was} is={opened.is} {...rest} />}
    </Modal>
  );
}

function TypeForm({ was, is, rules, readOnly, onClose, onKeep }: Omit<TypeDialogProps, "opened"> & { was?: TypeRule; is: TypeRule }) {
  const [rule, setRule] = useState(is);
  const change = (next: Partial<TypeRule>) => setRule((known) => ({ ...known, ...next }));
  const isTouched = JSON.stringify(rule) !== JSON.stringify(is);
  const [rested] = useDebouncedValue(rule, TYPING_RESTS_MS);
  const problems = useQuery({ ...rulesProblemsQuery(withType(rules, was, rested)), enabled: isTouched });
  const isGood = problems.isSuccess && !problems.isPlaceholderData && rested === rule && problems.data.length === 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isGood) onKeep(rule);
  };
  return (
    <form onSubmit={submit}>
      <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
        <Stack gap="md">
          {!was && (
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label="Type"
                description="In lower case, as in loyalty_id."
                data-autofocus
                spellCheck={false}
                value={rule.type}
                onChange={(event) => change({ type: event.currentTarget.value })}
              />
              <Select
                label="Names"
                description="Whose identifier it is."
                allowDeselect={false}
                data={[
                  { value: "users", label: "People" },
                  { value: "accounts", label: "Accounts" },
                ]}
                value={rule.collection}
                onChange={(next) => change({ collection: next === "accounts" ? "accounts" : "users" })}
              />
            </SimpleGrid>
          )}
          <ReadingFields read={rule.read} suggested={rule.type} onChange={(read) => change({ read })} />
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <NumberInput
              label="At most"
              description="Values of one profile."
              min={0}
              allowDecimal={false}
              allowNegative={false}
              value={rule.limit.values}
              onChange={(next) => change({ limit: { ...rule.limit, values: Number(next) || 0 } })}
            />
            <Select
              label="Window"
              description="What counts against it."
              allowDeselect={false}
              data={WINDOWS.map((window) => ({ value: window, label: WINDOW_WORDS[window] }))}
              value={rule.limit.window}
              onChange={(next) => change({ limit: { ...rule.limit, window: WINDOWS.find((window) => window === next) ?? "ever" } })}
            />
            <NumberInput
              label="Priority"
              description="1 is the highest."
              min={0}
              allowDecimal={false}
              allowNegative={false}
              value={rule.priority}
              onChange={(next) => change({ priority: Number(next) || 0 })}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Lines label="Blocked values" description="One a line. They name nobody." value={rule.blocked.exact} onChange={(exact) => change({ blocked: { ...rule.blocked, exact } })} />
            <Lines
              label="Blocked patterns"
              description="Regular expressions, one a line."
              value={rule.blocked.patterns}
              onChange={(patterns) => change({ blocked: { ...rule.blocked, patterns } })}
            />
          </SimpleGrid>
          <Checkbox
            label="Put values into lower case"
            description="Jane@example.com and jane@example.com are one then."
            checked={rule.lower_case}
            onChange={(event) => change({ lower_case: event.currentTarget.checked })}
          />
          {isTouched && problems.data?.map((problem) => <Sentence key={problem} tone="bad" reason={problem} announce />)}
        </Stack>
      </fieldset>
      <Group justify="space-between" gap="xs" mt="md">
        {was && !readOnly ? (
          <Button variant="subtle" color="red" c="var(--pd-bad)" onClick={() => onKeep(undefined)}>
            Take type out
          </Button>
        ) : (
          <span />
        )}
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            {readOnly ? "Close" : "Cancel"}
          </Button>
          {!readOnly && (
            <Button type="submit" disabled={!isTouched || !isGood}>
              {was ? "Keep change" : "Add to the draft"}
            </Button>
          )}
        </Group>
      </Group>
    </form>
  );
}

interface LinesProps {
  label: string;
  description: string;
  value: string[];
  onChange: (value: string[]) => void;
}

/** A list as lines of text; empty lines are none. */
function Lines({ label, description, value, onChange }: LinesProps) {
  const [text, setText] = useState(value.join("\n"));
  return (
    <Textarea
      label={label}
      description={description}
      autosize
      minRows={4}
      maxRows={10}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(event.currentTarget.value.split("\n").filter((line) => line !== ""));
      }}
    />
  );
}
