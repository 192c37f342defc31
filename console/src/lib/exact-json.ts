/**
 * A JSON value that keeps what `JSON.parse` loses: every digit of a number, the order of keys, and keys given twice.
 * What a person sees in the console is what arrived, to the last digit.
 */
export type ExactJson =
  | { kind: "object"; entries: [key: string, value: ExactJson][] }
  | { kind: "array"; items: ExactJson[] }
  | { kind: "string"; value: string }
  | { kind: "number"; text: string }
  | { kind: "literal"; value: true | false | null };

export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

/** Nesting the parser follows before it refuses; the server refuses far earlier. */
const DEPTH_MAX = 1000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** A string up to its closing quote, unless it holds an escape, a raw control character or no end. */
const PLAIN_STRING = /"([^"\\\u0000-\u001f]*)"/y;
const ANY_STRING = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;

export function parseExact(text: string): ExactJson {
  let at = 0;

  function fail(what: string): never {
    throw new JsonSyntaxError(`${what} at character ${at + 1}`, at);
  }
  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  }
  function string(): string {
    const plain = match(PLAIN_STRING);
    if (plain) return plain[1] ?? "";
    const escaped = match(ANY_STRING) ?? fail("Expected a string");
    return JSON.parse(escaped[0]) as string;
  }
  function value(depth: number): ExactJson {
    if (depth > DEPTH_MAX) fail("Nested too deep");
    match(SPACE);
    switch (text[at]) {
      case "{":
        return object(depth);
      case "[":
        return array(depth);
      case '"':
        return { kind: "string", value: string() };
      case "t":
        return literal("true", true);
      case "f":
        return literal("false", false);
      case "n":
        return literal("null", null);
      default: {
        const number = match(NUMBER) ?? fail("Expected a value");
        return { kind: "number", text: number[0] };
      }
    }
  }
  function literal(word: string, value: true | false | null): ExactJson {
    if (!text.startsWith(word, at)) fail("Expected a value");
    at += word.length;
    return { kind: "literal", value };
  }
  function object(depth: number): ExactJson {
    const entries: [string, ExactJson][] = [];
    at++;
    match(SPACE);
    if (text[at] === "}") {
      at++;
      return { kind: "object", entries };
    }
    for (;;) {
      match(SPACE);
      const key = string();
      match(SPACE);
      if (text[at] !== ":") fail("Expected a colon");
      at++;
      entries.push([key, value(depth + 1)]);
      match(SPACE);
      if (text[at] === ",") at++;
      else if (text[at] === "}") {
        at++;
        return { kind: "object", entries };
      } else fail("Expected a comma or a closing brace");
    }
  }
  function array(depth: number): ExactJson {
    const items: ExactJson[] = [];
    at++;
    match(SPACE);
    if (text[at] === "]") {
      at++;
      return { kind: "array", items };
    }
    for (;;) {
      items.push(value(depth + 1));
      match(SPACE);
      if (text[at] === ",") at++;
      else if (text[at] === "]") {
        at++;
        return { kind: "array", items };
      } else fail("Expected a comma or a closing bracket");
    }
  }

  const parsed = value(0);
  match(SPACE);
  if (at < text.length) fail("Unexpected text after the value");
  return parsed;
}

/** Writes the value as JSON, digits untouched. `indent` 0 writes one line. */
export function stringifyExact(json: ExactJson, indent = 2): string {
  const newline = (depth: number) => (indent > 0 ? `\n${" ".repeat(indent * depth)}` : "");
  const colon = indent > 0 ? ": " : ":";
  function write(node: ExactJson, depth: number): string {
    switch (node.kind) {
      case "object": {
        if (node.entries.length === 0) return "{}";
        const members = node.entries.map(
          ([key, value]) => `${newline(depth + 1)}${JSON.stringify(key)}${colon}${write(value, depth + 1)}`,
        );
        return `{${members.join(",")}${newline(depth)}}`;
      }
      case "array": {
        if (node.items.length === 0) return "[]";
        const items = node.items.map((item) => `${newline(depth + 1)}${write(item, depth + 1)}`);
        return `[${items.join(",")}${newline(depth)}]`;
      }
      case "string":
        return JSON.stringify(node.value);
      case "number":
        return node.text;
      case "literal":
        return String(node.value);
    }
  }
  return write(json, 0);
}

/** The member of an object, the last one when a key was given twice, as every JSON reader takes it. */
export function member(json: ExactJson | undefined, key: string): ExactJson | undefined {
  if (json?.kind !== "object") return undefined;
  return json.entries.findLast(([name]) => name === key)?.[1];
}

/** Ordinary JavaScript values, for the parts whose numbers are known to be small. */
export function toPlain(json: ExactJson): unknown {
  return JSON.parse(stringifyExact(json, 0));
}
