import { describe, expect, it } from "vitest";
import type { Rules, TypeRule } from "~/api/rules";
import { changesInWords, readingInWords } from "./rule-words";
import { byPriority, newType, rebased, withType } from "./rules-draft";

const type = (name: string, more: Partial<TypeRule> = {}): TypeRule => ({
  type: name,
  collection: "users",
  read: { key: name },
  limit: { values: 5, window: "ever" },
  priority: 1,
  blocked: { exact: ["null"], patterns: [] },
  lower_case: false,
  ...more,
});
const rules = (...types: TypeRule[]): Rules => ({
  version: 1,
  types,
  caps: { merges: 100, mappings: 1000 },
  hairballs: { sets: 1000 },
  lateness: { late_hours: 9600 },
});

describe("changes of rules in words", () => {
  it("are none where nothing changed, whatever the order of the types", () => {
    expect(changesInWords(rules(type("a"), type("b")), rules(type("b"), type("a")))).toEqual([]);
  });

  it("tell each change with what it was", () => {
    const before = rules(type("user_id"), type("email"), type("phone"));
    const after = {
      ...rules(
        type("user_id", { limit: { values: 2, window: "weekly" }, priority: 3 }),
        type("email", { lower_case: true, blocked: { exact: ["test@example.com"], patterns: ["^x"] } }),
        type("loyalty_id"),
      ),
      hairballs: { sets: 50 },
    };
    expect(changesInWords(before, after)).toEqual([
      "`user_id` has at most 2 within 7 days instead of 5 ever.",
      "`user_id` has the priority 3 instead of 1.",
      "`email` is put into lower case.",
      "`email` blocks the values `test@example.com`.",
      "`email` no longer blocks the values `null`.",
      "`email` blocks the patterns `^x`.",
      "`loyalty_id` is new: read from `loyalty_id` in traits and properties, at most 5 ever.",
      "`phone` is no longer an identifier of its own; the default rules hold for it.",
      "Sets beyond which an identifier is taken for a shared one: 50 instead of 1,000.",
    ]);
  });

  it("say where each type is read", () => {
    expect(readingInWords({ device: { platform: "ios", field: "advertising_id" } })).toBe("`context.device.advertisingId` on ios");
    expect(readingInWords({ traits: { key: "email", properties: true } })).toBe("`traits.email` and `properties.email`");
    expect(readingInWords("external_ids")).toBe("`context.externalIds` only");
  });
});

describe("a draft of rules", () => {
  it("gives a new type the last priority", () => {
    expect(newType(rules(type("a", { priority: 4 }), type("b"))).priority).toBe(5);
    expect(newType(rules()).priority).toBe(1);
  });

  it("is ordered by priority, equal ones by name", () => {
    expect(byPriority([type("c", { priority: 2 }), type("b"), type("a")]).map((rule) => rule.type)).toEqual(["a", "b", "c"]);
  });

  it("puts one type in another's place, adds and takes out", () => {
    const known = rules(type("a"), type("b"));
    expect(withType(known, type("a"), type("c")).types.map((rule) => rule.type)).toEqual(["c", "b"]);
    expect(withType(known, undefined, type("c")).types.map((rule) => rule.type)).toEqual(["a", "b", "c"]);
    expect(withType(known, type("a"), undefined).types.map((rule) => rule.type)).toEqual(["b"]);
  });
});

describe("changes made to rules that others changed meanwhile", () => {
  const from = rules(type("user_id"), type("email"), type("phone"));

  it("keep both where they are about different things", () => {
    const mine = { ...rules(type("user_id", { priority: 9 }), type("email")), caps: { merges: 5, mappings: 1000 } };
    const theirs = { ...rules(type("user_id"), type("email", { lower_case: true }), type("phone"), type("device")), version: 2, hairballs: { sets: 7 } };
    expect(rebased(from, mine, theirs)).toEqual({
      ...rules(type("user_id", { priority: 9 }), type("email", { lower_case: true }), type("device")),
      version: 2,
      caps: { merges: 5, mappings: 1000 },
      hairballs: { sets: 7 },
    });
  });

  it("are mine where both changed the same, and add what I added", () => {
    const mine = rules(...from.types.slice(1), type("user_id", { priority: 9 }), type("loyalty_id"));
    const theirs = { ...rules(type("user_id", { priority: 7 }), ...from.types.slice(1)), version: 2 };
    expect(rebased(from, mine, theirs).types.map((rule) => [rule.type, rule.priority])).toEqual([
      ["user_id", 9],
      ["email", 1],
      ["phone", 1],
      ["loyalty_id", 1],
    ]);
  });
});
