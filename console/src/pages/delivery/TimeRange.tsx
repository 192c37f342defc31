import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { DELIVERY_SPANS, type DeliverySpan, isBetween, readSpan } from "~/api/delivery-range";
import { localZone } from "~/lib/local-time";
import { SPAN_LABELS, spanLabel } from "./delivery-words";
import { initialRange, type RangeFields, rangeOf } from "./range-form";

const CUSTOM = "custom";

interface TimeRangeProps<Chosen extends DeliverySpan | undefined> {
  label: string;
  value: Chosen;
  /** What no choice means, where there may be none. */
  any?: undefined extends Chosen ? string : never;
  size?: "xs" | "sm";
  onChange: (span: DeliverySpan | (undefined extends Chosen ? undefined : never)) => void;
}

/** Chooses the time that is shown: a length that ends now, or what lies between two moments. */
export function TimeRange<Chosen extends DeliverySpan | undefined>({ label, value, any, size = "sm", onChange }: TimeRangeProps<Chosen>) {
  const [opened, setOpened] = useState(false);
  const tell = onChange as (span: DeliverySpan | undefined) => void;
  return (
    <>
      <Select
        size={size}
        aria-label={label}
        placeholder={any}
        clearable={any !== undefined}
        clearButtonProps={{ "aria-label": any }}
        allowDeselect={false}
        data={[
          ...DELIVERY_SPANS.map((span) => ({ value: span as string, label: SPAN_LABELS[span] })),
          ...(value && isBetween(value) ? [{ value: value as string, label: spanLabel(value) }] : []),
          { value: CUSTOM, label: "Custom range" },
        ]}
        value={value ?? null}
        onChange={(next) => (next === CUSTOM ? setOpened(true) : tell(readSpan(next)))}
      />
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>Custom range</Text>}>
        <CustomRange
          shown={value ?? "24h"}
          onChosen={(span) => {
            setOpened(false);
            tell(span);
          }}
        />
      </Modal>
    </>
  );
}

function CustomRange({ shown, onChosen }: { shown: DeliverySpan; onChosen: (span: DeliverySpan) => void }) {
  const [fields, setFields] = useState(() => initialRange(shown, Date.now()));
  const [errors, setErrors] = useState<Partial<RangeFields>>({});

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = rangeOf(fields, Date.now());
    setErrors("errors" in read ? read.errors : {});
    if ("span" in read) onChosen(read.span);
  }

  const input = (name: keyof RangeFields, label: string) => (
    <TextInput
      type="datetime-local"
      label={label}
      data-autofocus={name === "from" || undefined}
      value={fields[name]}
      error={errors[name]}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setFields((known) => ({ ...known, [name]: typed }));
        setErrors({});
      }}
    />
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {input("from", "From")}
        {input("to", "To")}
        <Text size="sm" c="dimmed">
          In the time of {localZone()}. Up to four hours of the last two days are counted by the minute, up to two weeks by the hour, more by the day in UTC; a
          minute, hour or day in which the range begins or ends is counted whole.
        </Text>
        <Group justify="flex-end">
          <Button type="submit">Show</Button>
        </Group>
      </Stack>
    </form>
  );
}
