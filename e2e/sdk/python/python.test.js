// segment-analytics-python, unmodified: plain and with gzip=True.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cached } from "../harness/cache.js";
import { BEYOND_53_BITS, everyCall } from "../harness/calls.js";
import { install, startDriver } from "../harness/driver.js";
import { everyFieldArrives, everythingArrivesAcrossAKill, everythingArrivesAfter429 } from "../harness/promises.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const library = { name: "analytics-python", version: "2.4.0" };
const calls = () => everyCall({ numbers: BEYOND_53_BITS });

let python;

before(async () => {
  const pins = here("requirements.txt");
  const folder = await cached("python", [pins], async (folder) => {
    await install("a Python environment", "python3", ["-m", "venv", folder]);
    await install("segment-analytics-python", join(folder, "bin", "pip"), ["install", "--no-deps", "-r", pins]);
  });
  python = join(folder, "bin", "python");
});

test("analytics-python", async (t) => {
  const start = (target) => startDriver(t, [python, here("driver.py")], target);
  const startWithGzip = (target) => startDriver(t, [python, here("driver.py")], { ...target, env: { SDK_GZIP: "1" } });

  await t.test("every field of the six calls arrives as it was called", (t) =>
    everyFieldArrives(t, { start, calls: calls(), library }),
  );
  await t.test("every field arrives when the SDK compresses", (t) =>
    everyFieldArrives(t, {
      start: startWithGzip,
      calls: calls(),
      library,
      inspect: ({ relay }) =>
        relay.messageRequests().forEach(({ headers }) => assert.equal(headers["content-encoding"], "gzip")),
    }),
  );
  await t.test("everything arrives after a 429", (t) => everythingArrivesAfter429(t, { start }));
  await t.test("everything arrives when the server is killed and started again", (t) =>
    everythingArrivesAcrossAKill(t, { start: startWithGzip }),
  );
});
