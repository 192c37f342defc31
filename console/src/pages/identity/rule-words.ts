import { type Reading, type Rules, type TypeRule, type Window, keyOf } from "~/api/rules";
import { formatCount, plural } from "~/lib/format";

export const WINDOW_WORDS: Record<Window, string> = {
  daily: "within a day",
  weekly: "within 7 days",
  monthly: "within 30 days",
  annually: "within 365 days",
  ever: "ever",
};

/** "1 ever", "5 within 7 days". */
export const limitInWords = ({ values, window }: TypeRule["limit"]): string => `${formatCount(values)} ${WINDOW_WORDS[window]}`;

const FIELD_WORDS = { id: "id", advertising_id: "advertisingId", token: "token" } as const;

/** Where on an event the values of a type stand. */
export function readingInWords(read: Reading): string {
  if (read === "user_id") return "`userId`";
  if (read === "anonymous_id") return "`anonymousId`";
  if (read === "group_id") return "`groupId`";
  if (read === "google_analytics") return "`context.integrations` of Google Analytics";
  if (read === "external_ids") return "`context.externalIds` only";
  if ("traits" in read) return `\`traits.${read.traits.key}\`${read.traits.properties ? ` and \`properties.${read.traits.key}\`` : ""}`;
  if ("key" in read) return `\`${read.key}\` in traits and properties`;
  return `\`context.device.${FIELD_WORDS[read.device.field]}\` on ${read.device.platform}`;
}

export function blockedInWords({ exact, patterns }: TypeRule["blocked"]): string {
  const parts = [exact.length > 0 && plural(exact.length, "value"), patterns.length > 0 && plural(patterns.length, "pattern")].filter(Boolean);
  return parts.join(", ") || "none";
}

/** What is different between rules, each in a sentence; none where they decide the same. */
export function changesInWords(before: Rules, after: Rules): string[] {
  const was = new Map(before.types.map((rule) => [keyOf(rule), rule]));
  const is = new Map(after.types.map((rule) => [keyOf(rule), rule]));
  const sentences: string[] = [];
  for (const [key, rule] of is) {
    const old = was.get(key);
    if (old) sentences.push(...typeChanges(old, rule));
    else sentences.push(`\`${rule.type}\` is new: read from ${readingInWords(rule.read)}, at most ${limitInWords(rule.limit)}.`);
  }
  for (const [key, rule] of was) if (!is.has(key)) sentences.push(`\`${rule.type}\` is no longer an identifier of its own; the default rules hold for it.`);
  const figures: [string, number, number][] = [
    ["Merges of one profile at most", before.caps.merges, after.caps.merges],
    ["Identifiers of one profile at most", before.caps.mappings, after.caps.mappings],
    ["Sets beyond which an identifier is taken for a shared one", before.hairballs.sets, after.hairballs.sets],
    ["Hours that an event may come late", before.lateness.late_hours, after.lateness.late_hours],
  ];
  for (const [what, old, now] of figures) if (old !== now) sentences.push(`${what}: ${formatCount(now)} instead of ${formatCount(old)}.`);
  return sentences;
}

function typeChanges(old: TypeRule, rule: TypeRule): string[] {
  const name = `\`${rule.type}\``;
  const sentences: string[] = [];
  if (JSON.stringify(old.read) !== JSON.stringify(rule.read)) sentences.push(`${name} is read from ${readingInWords(rule.read)} instead of ${readingInWords(old.read)}.`);
  if (limitInWords(old.limit) !== limitInWords(rule.limit)) sentences.push(`${name} has at most ${limitInWords(rule.limit)} instead of ${limitInWords(old.limit)}.`);
  if (old.priority !== rule.priority) sentences.push(`${name} has the priority ${rule.priority} instead of ${old.priority}.`);
  if (old.lower_case !== rule.lower_case) sentences.push(`${name} is ${rule.lower_case ? "put into lower case" : "used as it is spelled"}.`);
  const blocked = ["exact", "patterns"] as const;
  for (const form of blocked) {
    const [were, are] = [new Set(old.blocked[form]), new Set(rule.blocked[form])];
    const added = [...are].filter((value) => !were.has(value));
    const removed = [...were].filter((value) => !are.has(value));
    const what = form === "exact" ? "values" : "patterns";
    if (added.length > 0) sentences.push(`${name} blocks the ${what} ${quoted(added)}.`);
    if (removed.length > 0) sentences.push(`${name} no longer blocks the ${what} ${quoted(removed)}.`);
  }
  return sentences;
}

const quoted = (values: string[]): string => values.map((value) => `\`${value}\``).join(", ");
