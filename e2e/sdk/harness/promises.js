// The promises that hold for every SDK that runs as a program of its own.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { callOf, numberedCall } from "./calls.js";
import { assertIsTheCall, assertIsTheMessage } from "./compare.js";
import { startRelay } from "./relay.js";
import { startServer } from "./server.js";

const CALLS_ACROSS_A_KILL = 120;
const CALLS_BEFORE_THE_KILL = 40;
const CALLS_BEFORE_THE_RESTART = 80;
const BETWEEN_CALLS_MS = 15;
const RETRY_AFTER_SECONDS = 1;

/**
 * Makes the calls and asserts of each that it arrived once, as it was called and as it was sent.
 *
 * `start(host, writeKey)` starts the SDK's driver. `expected(call)` is the call as this SDK is known to pass it on.
 */
export async function everyFieldArrives(t, { start, calls, expected = (call) => call, library, relay: options, inspect }) {
  const server = await startServer(t);
  const relay = await startRelay(t, server, options);
  const driver = await start({ host: relay.url, writeKey: server.writeKey });
  for (const call of calls) driver.call(call);
  await driver.finish();

  const events = await server.eventsOnceThereAre(calls.length);
  assert.deepEqual(await server.rejected(), [], "nothing is refused");
  assert.deepEqual(events.map(callOf).sort(), calls.map(callOf).sort(), "each call arrives once");
  for (const call of calls) {
    const event = events.find((candidate) => callOf(candidate) === callOf(call));
    const { message, envelope } = relay.messages().find((sent) => callOf(sent.message) === callOf(call));
    await t.test(`the ${call.type} call "${callOf(call)}"`, () => {
      assertIsTheCall(event, expected(call));
      assertIsTheMessage(event, message, envelope);
      assert.deepEqual(event.context.library, library);
    });
  }
  inspect?.(relay);
  for (const { answer, status } of relay.messageRequests()) {
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(answer), { success: true });
  }
}

/** Answers the first request 429, and asserts that the SDK waits as it was told, sends again, and all of it arrives. */
export async function everythingArrivesAfter429(t, { start, honoursRetryAfter = true }) {
  const server = await startServer(t);
  const relay = await startRelay(t, server, { refuseFirst: 1, retryAfterSeconds: RETRY_AFTER_SECONDS });
  const driver = await start({ host: relay.url, writeKey: server.writeKey });
  const calls = Array.from({ length: 5 }, (_, number) => numberedCall(number));
  for (const call of calls) driver.call(call);
  await driver.finish();

  const events = await server.eventsOnceThereAre(calls.length);
  assert.deepEqual(events.map(callOf).sort(), calls.map(callOf).sort());
  const [refused, ...taken] = relay.messageRequests();
  assert.equal(refused.status, 429, "the relay did refuse");
  assert.ok(taken.length > 0 && taken.every(({ status }) => status === 200), "what was sent again was taken");
  if (honoursRetryAfter) assert.ok(taken[0].at - refused.at >= RETRY_AFTER_SECONDS * 1000, "it waited as it was told");
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
export async function assertAllArrived(server, calls) {
  const wanted = new Set(calls.map(callOf));
  let events = [];
  await server.eventsOnceThereAre(calls.length).catch(() => {}); // what is missing is said below, by name
  events = await server.events();
  const missing = [...wanted].filter((call) => !events.some((event) => callOf(event) === call));
  assert.deepEqual(missing, [], "calls that never arrived");
  for (const call of wanted) {
    const ids = new Set(events.filter((event) => callOf(event) === call).map(({ messageId }) => messageId));
    assert.equal(ids.size, 1, `"${call}" has one messageId however often it was sent`);
  }
}

export function assertEveryMessageIdArrived(relay, events) {
  const arrived = new Set(events.map(({ messageId }) => messageId));
  const missing = relay.messages().map(({ message }) => message.messageId).filter((id) => !arrived.has(id));
  assert.deepEqual(missing, [], "messageIds that were sent and never arrived");
}
