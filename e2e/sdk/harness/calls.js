// The calls that every SDK makes. `context.call` names each one, so that it is found again among what arrived.
import { digits } from "./exact-json.js";

const TEXT = {
  emoji: "🦀 👩‍👩‍👧‍👦 \u{1F600}",
  scripts: "Zoë Ünïcödé 王小明 Привет שלום مرحبا",
  combining: "e\u0301 is not \u00e9",
  quoted: '"double" \'single\' \\back\\slash\\ </script>',
  white: "tab\there\nnew line\r\n\u2028 line separator \u2029",
  control: "nul \u0000 bell \u0007",
  empty: "",
  looksLikeNumber: "007",
  "ключ с пробелом": "a name in another script",
};

const NESTED = {
  lists: [[], [[]], [["a", ["b", ["c", []]]], [1, [2, [3]]]]],
  mixed: [null, true, false, "text", 1, { deep: { deeper: { deepest: [{ end: null }] } } }],
  object: {},
};

const NUMBERS = {
  zero: 0,
  negative: -41,
  fraction: 0.1,
  imprecise: digits("0.30000000000000004"),
  safeMax: Number.MAX_SAFE_INTEGER,
  safeMin: Number.MIN_SAFE_INTEGER,
  large: 1e21,
  largest: Number.MAX_VALUE,
  smallest: Number.MIN_VALUE,
};

/** Whole numbers that a 64-bit float cannot hold. JavaScript cannot call with them; Go, Java and Python can. */
export const BEYOND_53_BITS = {
  firstLost: digits("9007199254740993"),
  int64Max: digits("9223372036854775807"),
  int64Min: digits("-9223372036854775808"),
  uint64Max: digits("18446744073709551615"),
  thirtyDigits: digits("123456789012345678901234567890"),
};

/** The six calls with everything in them, then the least that a call can say. */
export function everyCall({ numbers = {} } = {}) {
  const rich = { text: TEXT, nested: NESTED, numbers: { ...NUMBERS, ...numbers }, nothing: null, yes: true, no: false };
  const user = { userId: "user-ünï-🦀", anonymousId: "anon-8f14e45f" };
  const about = (call, second) => ({
    context: { call, ip: "203.0.113.7", locale: "de-DE", custom: { nested: ["list", { of: null }], text: TEXT } },
    integrations: { All: true, "Some Tool": false, Another: { option: ["x", 1] } },
    timestamp: `2024-02-29T23:59:${second}.123Z`,
    messageId: `message-${call}-${process.pid}-${Date.now()}`,
  });
  return [
    { type: "identify", ...user, traits: { ...rich, email: "zoë@example.com" }, ...about("identify", "51") },
    { type: "track", ...user, event: "Order Completed ✓", properties: rich, ...about("track", "52") },
    { type: "page", ...user, category: "Docs 📚", name: "Über uns", properties: rich, ...about("page", "53") },
    { type: "screen", ...user, category: "App", name: "Welcome 画面", properties: rich, ...about("screen", "54") },
    { type: "group", ...user, groupId: "group-株式会社", traits: rich, ...about("group", "55") },
    { type: "alias", userId: "user-ünï-🦀", previousId: "anon-8f14e45f", ...about("alias", "56") },
    { type: "track", userId: "only-a-user", event: "Bare", context: { call: "user alone" } },
    { type: "track", anonymousId: "only-anonymous", event: "Bare", context: { call: "anonymous alone" } },
  ];
}

/** A numbered track call, for tests that count. */
export function numberedCall(number) {
  const call = `number ${number}`;
  return { type: "track", userId: `user-${number % 7}`, event: "Counted", properties: { number }, context: { call } };
}

/** Which call a message or an event came from. */
export function callOf(message) {
  return message.context?.call;
}
