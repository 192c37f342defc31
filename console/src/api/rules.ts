import type { Collection } from "./model";

/** The identity rules as the server writes them, which is also the form of the file that the command line reads. */
export interface Rules {
  version: number;
  types: TypeRule[];
  caps: { merges: number; mappings: number };
  hairballs: { sets: number };
  lateness: { late_hours: number };
}

export interface TypeRule {
  type: string;
  collection: Collection;
  read: Reading;
  limit: { values: number; window: Window };
  /** 1 is the highest. */
  priority: number;
  blocked: { exact: string[]; patterns: string[] };
  lower_case: boolean;
}

export type Reading =
  | "user_id"
  | "anonymous_id"
  | "group_id"
  | "google_analytics"
  | "external_ids"
  | { traits: { key: string; properties: boolean } }
  | { key: string }
  | { device: { platform: string; field: DeviceField } };
export type DeviceField = "id" | "advertising_id" | "token";

export const WINDOWS = ["daily", "weekly", "monthly", "annually", "ever"] as const;
export type Window = (typeof WINDOWS)[number];

/** What every new type begins with, as the server's own default does. */
export const SUGGESTED_BLOCKED: TypeRule["blocked"] = { exact: ["-1", "null", "anonymous"], patterns: ["^[0-]*$"] };

/** One rule among others: the same name may stand in both collections. */
export const keyOf = (rule: Pick<TypeRule, "collection" | "type">): string => `${rule.collection} ${rule.type}`;
