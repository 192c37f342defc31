import { expect, it } from "vitest";
import { parseExact } from "./exact-json";
import { copyTextOf, jsonLines } from "./json-lines";

const json = parseExact('{"userId":"u1","context":{"page":{"url":"/buy"},"ip":"1.2.3.4"},"items":[{"odd key":9007199254740993}]}');
const paths = (folded: string[] = [], search = "") => jsonLines(json, new Set(folded), search).map((line) => line.path);

it("names every value by the path a program would use", () => {
  expect(paths()).toEqual(["$", "$.userId", "$.context", "$.context.page", "$.context.page.url", "$.context.ip", "$.items", "$.items[0]", '$.items[0]["odd key"]']);
});

it("a folded value hides what it holds and nothing else", () => {
  expect(paths(["$.context"])).toEqual(["$", "$.userId", "$.context", "$.items", "$.items[0]", '$.items[0]["odd key"]']);
});

it("a search keeps matches and the way to them, folded or not", () => {
  expect(paths(["$.context"], "BUY")).toEqual(["$", "$.context", "$.context.page", "$.context.page.url"]);
  expect(paths([], "740993")).toEqual(["$", "$.items", "$.items[0]", '$.items[0]["odd key"]']);
  expect(paths([], "nowhere")).toEqual(["$"]);
});

it("copies a string bare and a number to its last digit", () => {
  expect(copyTextOf(parseExact('"a\\nb"'))).toBe("a\nb");
  expect(copyTextOf(parseExact("9007199254740993"))).toBe("9007199254740993");
});
