// Damage on the way, to see that a test notices: `SDK_TEST_DAMAGE=<name>` makes the relay break one rule.
import { Digits, parse, stringify } from "./exact-json.js";
import { textOf } from "./relay.js";

const DAMAGES = {
  "drop-property": (message) => {
    for (const values of [message.properties, message.traits]) delete values?.nothing;
  },
  "round-numbers": (message) => {
    const round = (value) => (value instanceof Digits ? Number(value.text) : value);
    walk(message, round);
  },
  "drop-library": (message, envelope) => {
    for (const context of [message.context, envelope.context]) delete context?.library;
  },
  "new-message-id": (message) => (message.messageId = `damaged-${Math.random()}`),
  "shift-clock": (message) => (message.timestamp = new Date(Date.parse(message.timestamp) + 5000).toISOString()),
  "lose-message": (message, envelope, position) => position > 0 || "lost",
};

/** The damage named in the environment, as a relay applies it to a request's body; nothing when none is named. */
export function damageAskedFor() {
  const name = process.env.SDK_TEST_DAMAGE;
  if (!name) return undefined;
  const damage = DAMAGES[name];
  if (!damage) throw new Error(`SDK_TEST_DAMAGE is one of ${Object.keys(DAMAGES).join(", ")}`);
  return (record) => {
    const body = parse(textOf(record));
    const messages = body.batch ?? [body];
    const kept = messages.filter((message, position) => damage(message, body, position) !== "lost");
    if (body.batch) body.batch = kept;
    return Buffer.from(stringify(body));
  };
}

function walk(value, change) {
  for (const [name, member] of Object.entries(value)) {
    value[name] = change(member);
    if (value[name] !== null && typeof value[name] === "object") walk(value[name], change);
  }
}
