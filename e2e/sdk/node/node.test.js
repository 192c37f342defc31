// @segment/analytics-node, unmodified. It sends no gzip and no numbers beyond 2^53: JavaScript has none that JSON takes.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { everyCall } from "../harness/calls.js";
import { startDriver } from "../harness/driver.js";
import { everyFieldArrives, everythingArrivesAcrossAKill, everythingArrivesAfter429 } from "../harness/promises.js";

const driver = fileURLToPath(new URL("driver.js", import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
/** The SDK copies a page's category into its properties. */
const expected = (call) =>
  call.type === "page" ? { ...call, properties: { ...call.properties, category: call.category } } : call;

const library = { name: "@segment/analytics-node", version: devDependencies["@segment/analytics-node"] };

test("analytics-node", async (t) => {
  const start = (target) => startDriver(t, [process.execPath, driver], target);

  await t.test("every field of the six calls arrives as it was called", (t) =>
    everyFieldArrives(t, { start, calls: everyCall(), expected, library }),
  );
  await t.test("everything arrives after a 429", (t) => everythingArrivesAfter429(t, { start }));
  await t.test("everything arrives when the server is killed and started again", (t) =>
    everythingArrivesAcrossAKill(t, { start }),
  );
});
