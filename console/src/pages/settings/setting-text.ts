import type { Setting } from "~/api/model";

/** The environment variable that overrides a setting: `http.listen` is PRIMEDATA_HTTP__LISTEN. */
export function environmentVariable(key: string): string {
  return `PRIMEDATA_${key.replaceAll(".", "__").toUpperCase()}`;
}

/** A setting's value as one reads it in the configuration file. */
export function shownValue(value: Setting["value"]): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
