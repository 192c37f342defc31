// Calls @segment/analytics-node for each line of standard input.
import { createInterface } from "node:readline";
import { Analytics } from "@segment/analytics-node";

const DELIVERS_WITHIN_MS = 50_000;

const analytics = new Analytics({
  host: process.env.SDK_HOST,
  writeKey: process.env.SDK_WRITE_KEY,
  flushAt: 5,
  flushInterval: 100,
});
analytics.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});

for await (const line of createInterface({ input: process.stdin })) {
  const { type, ...parameters } = JSON.parse(line);
  analytics[type](parameters);
}
await analytics.closeAndFlush({ timeout: DELIVERS_WITHIN_MS });
