// analytics-java, unmodified. It has no gzip, no category for page and screen, and does not read Retry-After.
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cached } from "../harness/cache.js";
import { BEYOND_53_BITS, everyCall } from "../harness/calls.js";
import { digits } from "../harness/exact-json.js";
import { install, startDriver } from "../harness/driver.js";
import { everyFieldArrives, everythingArrivesAcrossAKill, everythingArrivesAfter429 } from "../harness/promises.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const library = { name: "analytics-java", version: "3.5.4" };

/** Java's BigDecimal has as many digits as the caller likes. */
const numbers = { ...BEYOND_53_BITS, fine: digits("0.1234567890123456789012345678901234567890") };

let classpath;

before(async () => {
  const pins = ["pom.xml", "Driver.java"].map(here);
  const folder = await cached("java", pins, async (folder) => {
    const jars = ["-B", "-q", "-f", pins[0], "dependency:copy-dependencies", `-DoutputDirectory=${join(folder, "jars")}`];
    await install("analytics-java", "mvn", [...jars, "-DincludeScope=runtime"]);
    await install("its driver", "javac", ["-cp", join(folder, "jars", "*"), "-d", join(folder, "classes"), pins[1]]);
  });
  classpath = [join(folder, "jars", "*"), join(folder, "classes")].join(":");
});

// The SDK waits 15 to 30 seconds before it sends again, whatever the answer asks for, so the tests wait side by side.
test("analytics-java", { concurrency: true }, async (t) => {
  const start = (target) => startDriver(t, ["java", "-cp", classpath, "Driver"], target);

  await Promise.all([
    t.test("every field of the six calls arrives as it was called", (t) =>
      everyFieldArrives(t, {
        start,
        calls: everyCall({ numbers }),
        expected: ({ category: _, ...call }) => ({ ...call, category: undefined }),
        library,
      }),
    ),
    t.test("everything arrives after a 429", (t) => everythingArrivesAfter429(t, { start, honoursRetryAfter: false })),
    t.test("everything arrives when the server is killed and started again", (t) =>
      everythingArrivesAcrossAKill(t, { start }),
    ),
  ]);
});
