import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const binary = process.env.PRIMEDATA_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug", "primedata");
const START_MS_MAX = 20_000;
const STOP_MS_MAX = 15_000;

/** What a started server says of itself. */
interface NodeFile {
  url: string;
  pid: number;
  token: string;
  setupUrl: string | null;
  writeKey: string;
}

/** A real server on a port and in a data folder of its own. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    private readonly dataDir: string,
    readonly node: NodeFile,
    private readonly log: () => string,
  ) {}

  static async start(): Promise<Server> {
    if (!existsSync(binary)) throw new Error(`${binary} does not exist; build it with \`cargo build\`, or name another in PRIMEDATA_BIN`);
    const dataDir = await mkdtemp(join(tmpdir(), "primedata-e2e-"));
    const child = spawn(binary, ["serve", "--data-dir", dataDir, "--listen", "127.0.0.1:0"], {
      cwd: dataDir,
      // The receivers of webhooks are on this machine.
      env: { ...process.env, PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stdout.on("data", (chunk) => (log += chunk));
    child.stderr.on("data", (chunk) => (log += chunk));
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      const node = await readFile(join(dataDir, "node.json"), "utf8").then(JSON.parse, () => null);
      if (node) return new Server(child, dataDir, node, () => log);
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`the server did not become ready:\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get url(): string {
    return this.node.url;
  }

  /** The command that the server printed for a first event. */
  printedCurl(): string {
    const line = this.log()
      .split("\n")
      .find((each) => each.startsWith("curl "));
    if (!line) throw new Error("the server printed no line that begins with curl");
    return line;
  }

  /** A call of the public API with the local token. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.node.token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = (await response.json()) as { data: T };
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.data;
  }

  /** Sends a message to the tracking API as text, so that a test decides each byte. */
  async send(path: string, body: string, writeKey = this.node.writeKey): Promise<Response> {
    return fetch(`${this.url}/v1/${path}`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${writeKey}:`)}`, "Content-Type": "application/json" },
      body,
    });
  }

  async track(event: string, properties: unknown = {}, userId = "user-1"): Promise<void> {
    const response = await this.send("track", JSON.stringify({ userId, event, properties }));
    if (!response.ok) throw new Error(`track: ${response.status}`);
  }

  /** Sends so many messages of the demo's shop, the same ones each time. */
  async demo(count: number): Promise<void> {
    const words = ["demo", "--data-dir", this.dataDir, "--rate", "0", "--count", String(count), "--start", "2026-03-01T00:00:00Z", "--malformed", "0%"];
    const child = spawn(binary, words, { cwd: this.dataDir, stdio: "ignore" });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`the demo ended with ${code}`);
  }

  /** Keeps an event as one that ran out of time just now, in the server's own form. Resolves to where it is. */
  async expired(destinationId: string, event: object): Promise<string> {
    const { workspace } = await this.api<{ workspace: { id: string } }>("GET", "/");
    const { destination } = await this.api<{ destination: { sourceId: string } }>("GET", `/destinations/${destinationId}`);
    const now = new Date().toISOString();
    const kept = {
      destinationId,
      workspaceId: workspace.id,
      sourceId: destination.sourceId,
      partition: 0,
      offset: 0,
      receivedAt: now,
      expiredAt: now,
      attempts: 40,
      code: "503",
      reason: "It was away.",
      event,
    };
    const place = join(this.dataDir, "expired");
    const day = join(place, destinationId, now.slice(0, 10));
    await mkdir(day, { recursive: true });
    await writeFile(join(day, `0-${"0".repeat(20)}.1.jsonl.gz`), gzipSync(`${JSON.stringify(kept)}\n`));
    return place;
  }

  async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.process.once("exit", () => resolve()));
    this.process.kill("SIGTERM");
    const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS_MAX);
    await stopped;
    clearTimeout(late);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
