// Waiting for something that happens elsewhere.
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 50;

/** Asks `condition` again and again and returns its first truthy answer; complains with `what` after `within` ms. */
export async function eventually(condition, { within, what }) {
  const end = Date.now() + within;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${within} ms for ${await what()}`);
    await sleep(LOOK_EVERY_MS);
  }
}
