// What must be true of an event, given the call that was made and the message that was on the wire.
import assert from "node:assert/strict";
import { Digits, valueOf } from "./exact-json.js";

const MILLISECOND_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Names the server adds to a message; nothing else may appear that was not sent. */
const ADDED = ["receivedAt", "originalTimestamp", "sentAt", "timestamp", "channel", "version", "projectId", "messageId"];

/**
 * Asserts that an event is what was called, field by field.
 *
 * `call` names every field of the message; a field set to `undefined` must be absent. `context` lists what the caller
 * put there, and SDKs add to it; everything else is the whole of what may arrive.
 */
export function assertIsTheCall(event, call) {
  const { context = {}, timestamp, messageId, ...fields } = call;
  for (const [name, value] of Object.entries(fields)) assertEqual(event[name], value, name);
  for (const [name, value] of Object.entries(context)) assertEqual(event.context[name], value, `context.${name}`);
  if (messageId !== undefined) assert.equal(event.messageId, messageId);
  if (timestamp !== undefined) {
    assert.equal(instant(event.originalTimestamp), instant(timestamp), "originalTimestamp is the caller's timestamp");
  }
}

/**
 * Asserts that an event is the message an SDK put on the wire: every field it sent, no field it did not send, and the
 * times as the contract derives them.
 *
 * `envelope` is the batch object the message travelled in, or `{}` for a message that travelled alone. `ip` is the
 * address the server adds to a message that names none: the connection's for browsers, nothing for servers.
 */
export function assertIsTheMessage(event, message, envelope, { ip } = {}) {
  const sent = withoutNulls(message);
  const { timestamp, sentAt, writeKey: _key, context = {}, integrations = {}, ...fields } = sent;

  for (const [name, value] of Object.entries(fields)) assertEqual(event[name], value, name);
  assertEqual(event.context, { ip, ...envelope.context, ...context }, "context");
  assertEqual(event.integrations ?? {}, { ...envelope.integrations, ...integrations }, "integrations");

  const known = new Set([...Object.keys(fields), ...ADDED, "context", "integrations"]);
  const surplus = Object.keys(event).filter((name) => !known.has(name));
  assert.deepEqual(surplus, [], "fields that were never sent");
  assert.ok(!("writeKey" in event), "the write key is stripped");

  assertTimes(event, timestamp, sentAt ?? envelope.sentAt);
  assert.match(event.messageId, /^.{1,100}$/);
}

/** `timestamp = receivedAt - (sentAt - originalTimestamp)`, all of them in UTC with milliseconds. */
function assertTimes(event, timestamp, sentAt) {
  for (const name of ["timestamp", "receivedAt", "originalTimestamp", "sentAt"]) {
    assert.match(event[name] ?? "absent", MILLISECOND_UTC, `${name} is RFC 3339 in UTC with milliseconds`);
  }
  assert.ok(apart(event.originalTimestamp, timestamp) < 1, "originalTimestamp is the sender's timestamp");
  assert.ok(apart(event.sentAt, sentAt) < 1, "sentAt is the sender's");
  const corrected = instant(event.receivedAt) - (instant(sentAt) - instant(timestamp));
  // The sender's times may carry microseconds, which the three stored times round away one by one.
  assert.ok(Math.abs(instant(event.timestamp) - corrected) <= 2, "timestamp is corrected for the sender's clock");
}

function apart(one, other) {
  return Math.abs(instant(one) - instant(other));
}

/** Milliseconds since the epoch of an RFC 3339 text; digits beyond milliseconds are cut off, as clocks do. */
function instant(text) {
  const milliseconds = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
  assert.ok(!Number.isNaN(milliseconds), `${text} is a time`);
  return milliseconds;
}

/** An SDK that has nothing to say for a field may send null; the contract treats that as absent. */
function withoutNulls(message) {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));
}

/** Deep equality in which numbers agree by value to the last digit, and absent differs from null. */
export function assertEqual(actual, expected, path) {
  assert.deepEqual(plain(actual), plain(expected), `${path} arrived as it was sent`);
}

function plain(value) {
  if (value instanceof Digits || typeof value === "number") return { number: valueOf(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, plain(member)]),
    );
  }
  return value;
}
