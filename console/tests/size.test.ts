// @vitest-environment node
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What the console promises for the first script. */
const FIRST_SCRIPT_BYTES_MAX = 300_000;

// A build under the test runner would otherwise carry the development form of React.
process.env.NODE_ENV = "production";

it("the first script stays under 300 KB compressed", async () => {
  const built = await build({ root, logLevel: "silent", mode: "production", build: { write: false } });
  const chunks = (built as Rolldown.RolldownOutput).output.filter((file) => file.type === "chunk");
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<string>();
  const visit = (name: string) => {
    if (first.has(name)) return;
    first.add(name);
    for (const imported of byName.get(name)?.imports ?? []) visit(imported);
  };
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName);

  const bytes = [...first].reduce((sum, name) => sum + gzipSync(byName.get(name)?.code ?? "").byteLength, 0);
  console.log(`first script: ${(bytes / 1000).toFixed(1)} KB compressed in ${first.size} files, bound ${FIRST_SCRIPT_BYTES_MAX / 1000} KB`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(FIRST_SCRIPT_BYTES_MAX);
}, 120_000);
