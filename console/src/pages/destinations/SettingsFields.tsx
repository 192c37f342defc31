import { ActionIcon, Button, Group, Input, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useId } from "react";
import type { DestinationMetadata, DestinationOption } from "~/api/model";
import { appliesTo, SECRET_MASK, type SettingValues } from "./settings-form";

interface SettingsFieldsProps {
  entry: DestinationMetadata;
  values: SettingValues;
  errors: Record<string, string>;
  onChange: (name: string, value: SettingValues[string]) => void;
}

/** The fields of a destination, made from what its catalog entry declares. */
export function SettingsFields({ entry, values, errors, onChange }: SettingsFieldsProps) {
  return (
    <Stack gap="md">
      {(entry.options)
        .filter((option) => appliesTo(entry.id, option.name, values))
        .map((option) => (
          <SettingField
            key={option.name}
            option={option}
            value={values[option.name] ?? ""}
            error={errors[option.name]}
            onChange={(value) => onChange(option.name, value)}
          />
        ))}
    </Stack>
  );
}

interface SettingFieldProps {
  option: DestinationOption;
  value: SettingValues[string];
  error: string | undefined;
  onChange: (value: SettingValues[string]) => void;
}

function SettingField({ option, value, error, onChange }: SettingFieldProps) {
  const common = {
    label: option.label ?? option.name,
    description: option.description ?? undefined,
    error,
    required: option.required,
    withAsterisk: false,
  };
  if (option.type === "map" && Array.isArray(value)) return <MapField {...common} pairs={value} onChange={onChange} />;
  if (Array.isArray(value)) return null;
  if (option.type === "select")
    return <Select {...common} allowDeselect={!option.required && !option.defaultValue} data={option.choices ?? []} value={value || null} onChange={(next) => onChange(next ?? "")} />;
  if (option.type === "password" || option.secret)
    return (
      <PasswordInput
        {...common}
        description={value === SECRET_MASK ? `${common.description ?? ""} A value is set; type a new one to replace it.` : common.description}
        autoComplete="off"
        value={value}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  const inputMode = option.type === "number" ? "numeric" : undefined;
  return <TextInput {...common} autoComplete="off" spellCheck={false} inputMode={inputMode} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface MapFieldProps {
  label: string;
  description: string | undefined;
  error: string | undefined;
  pairs: [string, string][];
  onChange: (pairs: [string, string][]) => void;
}

function MapField({ label, description, error, pairs, onChange }: MapFieldProps) {
  const id = useId();
  const replace = (index: number, pair: [string, string]) => onChange(pairs.map((known, at) => (at === index ? pair : known)));
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} error={error} id={id}>
      <Stack gap={6} mt={6}>
        {pairs.map(([name, value], index) => (
          <Group key={index} gap={6} wrap="nowrap">
            <TextInput
              style={{ flex: 1 }}
              aria-label={`${label}, name ${index + 1}`}
              placeholder="Name"
              value={name}
              onChange={(event) => replace(index, [event.currentTarget.value, value])}
            />
            <TextInput
              style={{ flex: 2 }}
              aria-label={`${label}, value ${index + 1}`}
              placeholder="Value"
              value={value}
              onChange={(event) => replace(index, [name, event.currentTarget.value])}
            />
            <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Remove ${name || `row ${index + 1}`}`} onClick={() => onChange(pairs.filter((_, at) => at !== index))}>
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...pairs, ["", ""]])}>
          Add row
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
