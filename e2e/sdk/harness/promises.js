// The promises that hold for every SDK that runs as a program of its own.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { callOf, numberedCall } from "./calls.js";
import { assertIsTheCall, assertIsTheMessage } from "./compare.js";
import { damageAskedFor } from "./damage.js";
import { eventually } from "./patience.js";
import { startRelay } from "./relay.js";
import { startServer } from "./server.js";

const CALLS_ACROSS_A_KILL = 120;
const CALLS_BEFORE_THE_KILL = 40;
const CALLS_BEFORE_THE_RESTART = 80;
const BETWEEN_CALLS_MS = 15;
const RETRY_AFTER_SECONDS = 1;
const ARRIVES_WITHIN_MS = 20_000;

/**
 * Makes the calls and asserts of each that it arrived once, as it was called and as it was sent.
 *
 * - `start({ host, writeKey })` starts the SDK's driver.
 * - `expected(call, event)` is the call as this SDK is known to pass it on.
 * - `ownEvents` is how many events the SDK makes by itself.
 * - `ip` is what the server adds as `context.ip` to a message without one.
 * - `inspect({ relay, events })` asserts more.
 */
export async function everyFieldArrives(t, { start, calls, expected = (call) => call, library, ownEvents = 0, ip, inspect }) {
  const server = await startServer(t);
  const relay = await startRelay(t, server, { damage: damageAskedFor() });
  const driver = await start({ host: relay.url, writeKey: server.writeKey });
  for (const call of calls) driver.call(call);
  await driver.finish();

  const events = await server.eventsOnceThereAre(calls.length + ownEvents);
  assert.deepEqual(await server.rejected(), [], "nothing is refused");
  assert.deepEqual(namesOf(events), calls.map(callOf).sort(), "each call arrives once");
  for (const call of calls) {
    const event = events.find((candidate) => callOf(candidate) === callOf(call));
    const { message, envelope } = relay.messages().find((sent) => callOf(sent.message) === callOf(call));
    await t.test(`the ${call.type} call "${callOf(call)}"`, () => {
      assertIsTheCall(event, expected(call, event));
      assertIsTheMessage(event, message, envelope, { ip });
      assert.deepEqual(event.context.library, library);
    });
  }
  for (const { answer, status } of relay.messageRequests()) {
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(answer), { success: true });
  }
  await inspect?.({ relay, events });
}

/** Answers the first request 429, and asserts that the SDK waits as it was told, sends again, and all of it arrives. */
export async function everythingArrivesAfter429(t, { start, ownEvents = 0, honoursRetryAfter = true }) {
  const server = await startServer(t);
  const relay = await startRelay(t, server, { refuseFirst: 1, retryAfterSeconds: RETRY_AFTER_SECONDS });
  const driver = await start({ host: relay.url, writeKey: server.writeKey });
  const calls = Array.from({ length: 5 }, (_, number) => numberedCall(number));
  for (const call of calls) driver.call(call);
  await driver.finish();

  const events = await server.eventsOnceThereAre(calls.length + ownEvents);
  assert.deepEqual(namesOf(events), calls.map(callOf).sort(), "each call arrives once");
  const [first, ...later] = relay.messages();
  assert.equal(first.record.status, 429, "the relay did refuse");
  const again = later.find(({ message, record }) => record !== first.record && message.messageId === first.message.messageId);
  assert.equal(again?.record.status, 200, "what was refused was sent again and taken");
  if (honoursRetryAfter) {
    assert.ok(again.record.at - first.record.at >= RETRY_AFTER_SECONDS * 1000, "it waited as it was told");
  }
  assertEveryMessageIdArrived(relay, events);
}

/** Kills the server while calls go on, starts it again, and asserts that nothing is missing. */
export async function everythingArrivesAcrossAKill(t, { start }) {
  const server = await startServer(t);
  const driver = await start({ host: server.url, writeKey: server.writeKey });
  const calls = Array.from({ length: CALLS_ACROSS_A_KILL }, (_, number) => numberedCall(number));
  for (const [made, call] of calls.entries()) {
    if (made === CALLS_BEFORE_THE_KILL) {
      await server.eventsOnceThereAre(1);
      await server.kill();
    }
    if (made === CALLS_BEFORE_THE_RESTART) await server.start();
    driver.call(call);
    await sleep(BETWEEN_CALLS_MS);
  }
  await driver.finish();
  await assertAllArrived(server, calls);
}

/** At least once each; a message that was sent again after its answer was lost has kept its messageId. */
async function assertAllArrived(server, calls) {
  const wanted = calls.map(callOf);
  let events = [];
  const missing = () => wanted.filter((name) => !events.some((event) => callOf(event) === name));
  // Counting events would not do: one that was stored before its answer was lost is there twice.
  await eventually(async () => (events = await server.events()) && missing().length === 0, {
    within: ARRIVES_WITHIN_MS,
    what: () => `calls that never arrived: ${missing().join(", ")}`,
  });
  for (const name of wanted) {
    const ids = new Set(events.filter((event) => callOf(event) === name).map(({ messageId }) => messageId));
    assert.equal(ids.size, 1, `"${name}" has one messageId however often it was sent`);
  }
}

function assertEveryMessageIdArrived(relay, events) {
  const arrived = new Set(events.map(({ messageId }) => messageId));
  const sent = relay.messages().map(({ message }) => message.messageId);
  assert.deepEqual(sent.filter((id) => !arrived.has(id)), [], "messageIds that were sent and never arrived");
}

/** The calls among the events, sorted; what an SDK sends by itself names none. */
function namesOf(events) {
  return events.map(callOf).filter(Boolean).sort();
}
