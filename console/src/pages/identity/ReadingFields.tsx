import { Checkbox, Select, SimpleGrid, TextInput } from "@mantine/core";
import type { DeviceField, Reading } from "~/api/rules";

const KINDS = {
  key: "A key of traits and properties",
  traits: "A key of traits",
  external_ids: "context.externalIds only",
  user_id: "userId",
  anonymous_id: "anonymousId",
  group_id: "groupId",
  device: "A device, context.device",
  google_analytics: "Google Analytics, its clientId",
} as const;
type Kind = keyof typeof KINDS;

const FIELDS: { value: DeviceField; label: string }[] = [
  { value: "id", label: "id" },
  { value: "advertising_id", label: "advertisingId, where tracking is on" },
  { value: "token", label: "token" },
];

interface ReadingFieldsProps {
  read: Reading;
  /** The key to begin with: the type's own name. */
  suggested: string;
  onChange: (read: Reading) => void;
}

/** Where on an event the values stand. */
export function ReadingFields({ read, suggested, onChange }: ReadingFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label="Read from"
        description="context.externalIds is read for every type."
        allowDeselect={false}
        data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
        value={kindOf(read)}
        onChange={(next) => next && onChange(beginning(next as Kind, suggested))}
      />
      {typeof read === "object" && "key" in read && (
        <TextInput label="Key" description="In camel case and snake case." spellCheck={false} value={read.key} onChange={(event) => onChange({ key: event.currentTarget.value })} />
      )}
      {typeof read === "object" && "traits" in read && (
        <div>
          <TextInput
            label="Key"
            description="Exactly as it stands in traits."
            spellCheck={false}
            value={read.traits.key}
            onChange={(event) => onChange({ traits: { ...read.traits, key: event.currentTarget.value } })}
          />
          <Checkbox
            mt="xs"
            label="Also in properties"
            checked={read.traits.properties}
            onChange={(event) => onChange({ traits: { ...read.traits, properties: event.currentTarget.checked } })}
          />
        </div>
      )}
      {typeof read === "object" && "device" in read && (
        <SimpleGrid cols={2}>
          <TextInput
            label="Platform"
            description="context.device.type"
            spellCheck={false}
            value={read.device.platform}
            onChange={(event) => onChange({ device: { ...read.device, platform: event.currentTarget.value } })}
          />
          <Select
            label="Field"
            description="Of the device."
            allowDeselect={false}
            data={FIELDS}
            value={read.device.field}
            onChange={(next) => onChange({ device: { ...read.device, field: FIELDS.find((field) => field.value === next)?.value ?? "id" } })}
          />
        </SimpleGrid>
      )}
    </SimpleGrid>
  );
}

function kindOf(read: Reading): Kind {
  if (typeof read === "string") return read;
  return "key" in read ? "key" : "traits" in read ? "traits" : "device";
}

function beginning(kind: Kind, key: string): Reading {
  switch (kind) {
    case "key":
      return { key };
    case "traits":
      return { traits: { key, properties: false } };
    case "device":
      return { device: { platform: "ios", field: "id" } };
    default:
      return kind;
  }
}
