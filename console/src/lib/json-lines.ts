import { type ExactJson, stringifyExact } from "./exact-json";

/** One visible line of a folded JSON tree. */
export interface JsonLine {
  /** How a program would reach the value: `$.context.page.url`, `$.items[0]["odd key"]`. */
  path: string;
  depth: number;
  key?: string;
  json: ExactJson;
  /** Holds other values and can be folded. */
  children: number;
  folded: boolean;
  matches: boolean;
}

export function childPath(parent: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

/**
 * The lines to show, in order. With a search, only the values whose key or text contains it and what leads to them remain, and
 * nothing is folded.
 */
export function jsonLines(root: ExactJson, folded: ReadonlySet<string>, search = ""): JsonLine[] {
  const needle = search.trim().toLowerCase();
  const lines: JsonLine[] = [];

  function visit(json: ExactJson, path: string, depth: number, key?: string): boolean {
    const children = childrenOf(json, path);
    const self = needle !== "" && ((key?.toLowerCase().includes(needle) ?? false) || leafText(json).toLowerCase().includes(needle));
    const at = lines.length;
    const isFolded = needle === "" && children.length > 0 && folded.has(path);
    lines.push({ path, depth, key, json, children: children.length, folded: isFolded, matches: self });
    let found = self;
    if (!isFolded) for (const [name, value, where] of children) found = visit(value, where, depth + 1, name) || found;
    if (needle !== "" && !found && depth > 0) lines.length = at;
    return found;
  }
  visit(root, "$", 0);
  return lines;
}

function childrenOf(json: ExactJson, path: string): [key: string, value: ExactJson, path: string][] {
  if (json.kind === "object") return json.entries.map(([key, value]) => [key, value, childPath(path, key)]);
  if (json.kind === "array") return json.items.map((value, index) => [String(index), value, `${path}[${index}]`]);
  return [];
}

function leafText(json: ExactJson): string {
  return json.kind === "object" || json.kind === "array" ? "" : json.kind === "string" ? json.value : stringifyExact(json, 0);
}

/** What copying a value puts on the clipboard: a string without its quotes, anything else as JSON. */
export function copyTextOf(json: ExactJson): string {
  return json.kind === "string" ? json.value : stringifyExact(json);
}
