// A real server of one's own: started, killed, started again, and asked what arrived.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "./exact-json.js";
import { eventually } from "./patience.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const STARTS_WITHIN_MS = 20_000;
const ANSWERS_WITHIN_MS = 10_000;
const LOG_LINES_KEPT = 40;

/** The server under test: `PRIMEDATA_BIN`, or what `cargo build` makes. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(repository, "target");
  const path = process.env.PRIMEDATA_BIN ?? join(target, "debug", "primedata");
  if (!existsSync(path)) throw new Error(`no server at ${path}; run \`cargo build\` first, or set PRIMEDATA_BIN`);
  return path;
}

/** Starts a server on a free port with an empty data folder. The test's end stops it and removes the folder. */
export async function startServer(t) {
  const dataDir = await mkdtemp(join(tmpdir(), "primedata-sdk-"));
  const server = new Server(dataDir, await freePort());
  t.after(async () => {
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

class Server {
  #process = null;
  #log = [];

  constructor(dataDir, port) {
    this.dataDir = dataDir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts, or starts again on the same port and data folder; returns when the server says that it is ready. */
  async start() {
    await rm(this.#readyFile(), { force: true });
    const args = ["serve", "--data-dir", this.dataDir, "--listen", `127.0.0.1:${this.port}`];
    const started = spawn(binary(), args, { stdio: ["ignore", "pipe", "pipe"], cwd: this.dataDir });
    this.#process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => this.#keepLog(text));
    }
    const node = await eventually(() => this.#readReadyFile(started), {
      within: STARTS_WITHIN_MS,
      what: () => `the server to be ready; its last words:\n${this.#log.join("\n")}`,
    });
    assert.equal(node.url, this.url);
    this.token = node.token;
    this.writeKey = node.writeKey;
  }

  /** Ends the process at once, as a power cut would; nothing is flushed or closed. */
  async kill() {
    const running = this.#process;
    this.#process = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    await ended;
  }

  /** What has arrived in `events`, oldest first; numbers are `Digits`. */
  async events() {
    return (await this.#list("events")).map((item) => item.payload);
  }

  /** What was refused, with the reason, oldest first. */
  async rejected() {
    return this.#list("rejected");
  }

  /** Waits until `count` events that satisfy `filter` have arrived and returns them. */
  async eventsOnceThereAre(count, { filter = () => true, within = 20_000 } = {}) {
    let seen = [];
    await eventually(async () => (seen = (await this.events()).filter(filter)).length >= count, {
      within,
      what: async () => `${count} events; there are ${seen.length}, rejected: ${await this.#reasons()}`,
    });
    return seen;
  }

  async #reasons() {
    const rejected = await this.rejected();
    return rejected.map(({ code, detail }) => `${code} (${detail})`).join(", ") || "none";
  }

  /** The newest 500, which is more than any of these tests sends to one server. */
  async #list(resource) {
    const response = await fetch(`${this.url}/api/v1/${resource}?limit=500`, {
      headers: { authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    const text = await response.text();
    assert.equal(response.status, 200, `GET /api/v1/${resource}: ${text.slice(0, 500)}`);
    return parse(text).data[resource].reverse();
  }

  #readyFile() {
    return join(this.dataDir, "node.json");
  }

  #readReadyFile(started) {
    if (started.exitCode !== null) throw new Error(`the server ended with ${started.exitCode}:\n${this.#log.join("\n")}`);
    if (!existsSync(this.#readyFile())) return false;
    try {
      const node = JSON.parse(readFileSync(this.#readyFile(), "utf8"));
      return node.pid === started.pid && node;
    } catch {
      return false; // half written
    }
  }

  #keepLog(text) {
    this.#log.push(...text.split("\n").filter(Boolean));
    this.#log.splice(0, Math.max(0, this.#log.length - LOG_LINES_KEPT));
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
