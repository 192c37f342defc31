// analytics-go v3, unmodified. It has no gzip, no category for page and screen, and does not read Retry-After.
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cached } from "../harness/cache.js";
import { BEYOND_53_BITS, everyCall } from "../harness/calls.js";
import { install, startDriver } from "../harness/driver.js";
import { everyFieldArrives, everythingArrivesAcrossAKill, everythingArrivesAfter429 } from "../harness/promises.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The SDK of v3.3.0 gives itself this version. */
const library = { name: "analytics-go", version: "3.0.0" };

let driver;

before(async () => {
  const pins = ["go.mod", "go.sum", "main.go"].map(here);
  const folder = await cached("go", pins, (folder) =>
    install("analytics-go", "go", ["build", "-o", join(folder, "driver"), "."], {
      cwd: here("."),
      env: { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false" },
    }),
  );
  driver = join(folder, "driver");
});

test("analytics-go", async (t) => {
  const start = (target) => startDriver(t, [driver], target);

  await t.test("every field of the six calls arrives as it was called", (t) =>
    everyFieldArrives(t, {
      start,
      calls: everyCall({ numbers: BEYOND_53_BITS }),
      expected: ({ category: _, ...call }) => ({ ...call, category: undefined }),
      library,
    }),
  );
  await t.test("everything arrives after a 429", (t) =>
    everythingArrivesAfter429(t, { start, honoursRetryAfter: false }),
  );
  await t.test("everything arrives when the server is killed and started again", (t) =>
    everythingArrivesAcrossAKill(t, { start }),
  );
});
