// A program in the SDK's own language that makes the calls it reads, one JSON object per line.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stringify } from "./exact-json.js";
import { eventually } from "./patience.js";

const ENDS_WITHIN_MS = 60_000;
const LAST_WORDS_KEPT = 4_000;

/**
 * Starts a driver. It is told where to send in its environment, makes a call for each line of standard input, and at
 * the end of the input waits until its SDK has delivered everything. It ends with 0 only when the SDK reports no loss.
 */
export function startDriver(t, [command, ...args], { host, writeKey, env = {}, cwd }) {
  const driver = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env, SDK_HOST: host, SDK_WRITE_KEY: writeKey },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [driver.stdout, driver.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-LAST_WORDS_KEPT)));
  }
  driver.stdin.on("error", () => {}); // a driver that died is reported by finish()
  t.after(() => driver.kill("SIGKILL"));

  return {
    call: (call) => driver.stdin.write(`${stringify(call)}\n`),
    said: () => said,
    async finish() {
      driver.stdin.end();
      await eventually(() => driver.exitCode !== null || driver.signalCode !== null, {
        within: ENDS_WITHIN_MS,
        what: () => `the SDK to deliver everything; it said:\n${said}`,
      });
      if (driver.exitCode !== 0) throw new Error(`the driver ended with ${driver.exitCode}:\n${said}`);
    },
  };
}

/** Runs a command that installs something and shows what it is. */
export async function install(what, command, args, options = {}) {
  console.log(`installing ${what}: ${command} ${args.join(" ")}`);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  const [code] = await once(child, "exit").catch((error) => {
    throw new Error(`${what} needs \`${command}\`, which could not be started: ${error.message}`);
  });
  if (code !== 0) throw new Error(`installing ${what} failed: ${command} ended with ${code}`);
}
