import { describe, expect, it } from "vitest";
import { edgeOf, explanationInWords, joinInWords, listed, stepInWords } from "./identity-words";

const of = (type: string, value: string) => ({ collection: "users", type, value });
const jane = of("user_id", "jane");
const email = of("email", "jane@example.com");
const tablet = of("anonymous_id", "tablet");
const first = { messageId: "m", sourceId: "s", timestamp: "2026-01-01T00:00:00.000Z" };

describe("an explanation in words", () => {
  it("names who joined, who did not, and why not", () => {
    expect(stepInWords({ kept: [jane, email], dropped: [tablet] }, () => "it would have broken a limit")).toEqual([
      "user_id:jane and email:jane@example.com were on one event, which made them one.",
      "anonymous_id:tablet was on it too and did not join, as it would have broken a limit.",
    ]);
    expect(stepInWords({ kept: [jane, email], dropped: [tablet] })[1]).toBe("anonymous_id:tablet was on it too and did not join.");
  });

  it("tells the way from one to the other", () => {
    expect(explanationInWords(jane, [{ to: email }])).toBe("One event named user_id:jane and email:jane@example.com together.");
    expect(explanationInWords(email, [{ to: jane }, { to: tablet }])).toBe(
      "2 events lead from email:jane@example.com over user_id:jane to anonymous_id:tablet.",
    );
    expect(explanationInWords(jane, [])).toBe("These are the same.");
  });

  it("finds the edge of a step by all identifiers that were on it, in any order", () => {
    const edge = { identifiers: [tablet, email, jane], kept: ["1", "2"], dropped: [{ identifier: tablet, fragment: "3", reason: "limit" }], first, days: 2 };
    expect(edgeOf({ nodes: [], edges: [edge], isComplete: true }, { kept: [jane, email], dropped: [tablet] })).toBe(edge);
    expect(edgeOf({ nodes: [], edges: [edge], isComplete: true }, { kept: [jane, email], dropped: [] })).toBeUndefined();
  });
});

it("lists name some and count the rest", () => {
  expect(["a", "b", "c", "d", "e", "f"].map((_, n, all) => listed(all.slice(0, n + 1)))).toEqual([
    "a",
    "a and b",
    "a, b and c",
    "a, b, c and d",
    "a, b, c and 2 more",
    "a, b, c and 3 more",
  ]);
});

it("a join says on how many days", () => {
  const edge = { identifiers: [jane, email], kept: ["1", "2"], dropped: [], first, days: 3 };
  expect(joinInWords({ kept: ["1", "2"], days: 3, edges: [edge] })).toBe("user_id:jane and email:jane@example.com came together on events of 3 days");
});
