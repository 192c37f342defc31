import type { DestinationMetadata, DestinationOption } from "~/api/model";

/** A form's values by option name: text for most, pairs for a map. */
export type SettingValues = Record<string, string | [name: string, value: string][]>;

/** What a form needs to know of a destination. */
export type Declared = Pick<DestinationMetadata, "id" | "options">;

/** What the server sends in place of a secret, and takes back as "unchanged". */
export const SECRET_MASK = "********";

export function initialValues(options: readonly DestinationOption[], settings: Record<string, unknown> = {}): SettingValues {
  return Object.fromEntries(
    options.map((option) => {
      const known = settings[option.name] ?? option.defaultValue;
      if (option.type === "map")
        return [option.name, Object.entries((known as Record<string, unknown>) ?? {}).map(([name, value]) => [name, String(value)])];
      return [option.name, known === undefined || known === null ? "" : String(known)];
    }),
  );
}

/** The settings to send: what is empty is left out, or sent as null when it takes back an earlier value. */
export function settingsOf(entry: Declared, values: SettingValues, earlier: Record<string, unknown> = {}): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const option of entry.options) {
    const value = appliesTo(entry.id, option.name, values) ? values[option.name] : "";
    const sent = Array.isArray(value) ? mapOf(value) : value?.trim() || undefined;
    if (sent !== undefined) settings[option.name] = sent;
    else if (option.name in earlier) settings[option.name] = null;
  }
  return settings;
}

function mapOf(pairs: [string, string][]): Record<string, string> | undefined {
  const named = pairs.map(([name, value]) => [name.trim(), value] as const).filter(([name]) => name !== "");
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}

const S3_ONLY = ["bucket", "region", "endpoint", "accessKeyId", "secretAccessKey"];

/** Whether a setting means anything beside the others: a folder has no access key. */
export function appliesTo(metadataId: string, option: string, values: SettingValues): boolean {
  return !(metadataId === "archive" && S3_ONLY.includes(option) && values.location !== "s3");
}

/** The required settings that have no value, by name. */
export function missingSettings(entry: Declared, values: SettingValues): string[] {
  return (entry.options)
    .filter((option) => option.required && appliesTo(entry.id, option.name, values) && values[option.name]?.length === 0)
    .map((option) => option.name);
}
