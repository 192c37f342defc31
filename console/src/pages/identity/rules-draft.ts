import { keyOf, type Rules, SUGGESTED_BLOCKED, type TypeRule } from "~/api/rules";

/** A type as the table shows them: the highest priority first. */
export const byPriority = (types: readonly TypeRule[]): TypeRule[] => [...types].sort((one, other) => one.priority - other.priority || (one.type < other.type ? -1 : 1));

/** Rules with one type put in another's place, added, or taken out. */
export function withType(rules: Rules, was: TypeRule | undefined, is: TypeRule | undefined): Rules {
  const types = rules.types.flatMap((rule) => (was && keyOf(rule) === keyOf(was) ? (is ? [is] : []) : [rule]));
  return { ...rules, types: was || !is ? types : [...types, is] };
}

/** What a new type begins with: the last priority, and the limit and blocked values of the server's own default. */
export function newType(rules: Rules): TypeRule {
  return {
    type: "",
    collection: "users",
    read: { key: "" },
    limit: { values: 5, window: "ever" },
    priority: Math.max(0, ...rules.types.map((rule) => rule.priority)) + 1,
    blocked: structuredClone(SUGGESTED_BLOCKED),
    lower_case: false,
  };
}

/** The changes that lead from one set of rules to another, made to a third: what somebody else changed meanwhile stays. */
export function rebased(from: Rules, draft: Rules, onto: Rules): Rules {
  const was = new Map(from.types.map((rule) => [keyOf(rule), rule]));
  const mine = new Map(draft.types.map((rule) => [keyOf(rule), rule]));
  const theirs = new Map(onto.types.map((rule) => [keyOf(rule), rule]));
  const types = onto.types.flatMap((rule) => {
    const [old, now] = [was.get(keyOf(rule)), mine.get(keyOf(rule))];
    if (!now) return old ? [] : [rule];
    return [same(old, now) ? rule : now];
  });
  const added = draft.types.filter((rule) => !theirs.has(keyOf(rule)) && !same(was.get(keyOf(rule)), rule));
  const either = <Key extends "caps" | "hairballs" | "lateness">(key: Key): Rules[Key] => (same(from[key], draft[key]) ? onto[key] : draft[key]);
  return { version: onto.version, types: [...types, ...added], caps: either("caps"), hairballs: either("hairballs"), lateness: either("lateness") };
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
