import type { Identifier, RulesSample } from "~/api/model";

export interface Part {
  /** None for what would be, or was, in no profile. */
  id: string | null;
  identifiers: Identifier[];
}

/** A profile that splits by where its identifiers would go, one that merges by where they are. */
export function partsOf(sample: RulesSample): Part[] {
  const parts = new Map<string | null, Identifier[]>();
  for (const { identifier, before, after } of sample.identifiers) {
    const id = (sample.splits ? after : before) ?? null;
    parts.set(id, [...(parts.get(id) ?? []), identifier]);
  }
  return [...parts].map(([id, identifiers]) => ({ id, identifiers })).sort((one, other) => other.identifiers.length - one.identifiers.length);
}
