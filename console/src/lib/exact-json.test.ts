import { describe, expect, it } from "vitest";
import { JsonSyntaxError, member, parseExact, stringifyExact } from "./exact-json";

const roundTrip = (text: string) => stringifyExact(parseExact(text), 0);

describe("exact JSON", () => {
  it("keeps every digit of a number that JavaScript would round", () => {
    expect(roundTrip('{"id":9007199254740993,"price":0.1000000000000000055511,"far":1e400}')).toBe(
      '{"id":9007199254740993,"price":0.1000000000000000055511,"far":1e400}',
    );
  });

  it("keeps the order of keys, numeric ones included, and a key given twice", () => {
    expect(roundTrip('{"b":1,"2":2,"1":3,"b":4,"__proto__":{}}')).toBe('{"b":1,"2":2,"1":3,"b":4,"__proto__":{}}');
  });

  it("reads escapes, lone surrogates and every kind of space", () => {
    const json = parseExact(' {\t"a\\u00e9" : "line\\nbreak \\ud800" ,\r\n"e": [ ] }');
    expect(member(json, "aé")).toEqual({ kind: "string", value: "line\nbreak \ud800" });
    expect(member(json, "e")).toEqual({ kind: "array", items: [] });
  });

  it("agrees with JSON.parse on what is JSON and what is not", () => {
    const texts = ["", "01", "1.", "-", "[1,]", '{"a":1,}', "{a:1}", "'x'", "nul", "1 2", '"\\x"', '"\u0001"', "[1", '{"a"}', "0", "-0.5e+3", "[[]]", '"\\ud83d\\ude00"', "true"];
    for (const text of texts) {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (valid) expect(JSON.parse(roundTrip(text)), text).toEqual(JSON.parse(text));
      else expect(() => parseExact(text), text).toThrow(JsonSyntaxError);
    }
  });

  it("refuses nesting that would exhaust the stack", () => {
    expect(() => parseExact("[".repeat(100_000))).toThrow(JsonSyntaxError);
  });

  it("writes with two spaces as people expect to read it", () => {
    expect(stringifyExact(parseExact('{"a":[1,{"b":null}],"c":{}}'))).toBe(JSON.stringify({ a: [1, { b: null }], c: {} }, null, 2));
  });
});
