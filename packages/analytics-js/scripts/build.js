// Lays the published browser build of @segment/analytics-next out as the server embeds it (see README.md).
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "dist");
const sdk = packageFolder("@segment/analytics-next", import.meta.url);
const umd = join(sdk, "dist", "umd");

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, "bundles"), { recursive: true });
await cp(join(umd, "standalone.js"), join(dist, "analytics.min.js"));
await cp(join(here, "..", "src", "prefix.js"), join(dist, "prefix.js"));

const chunks = (await readdir(umd)).filter((name) => /\.bundle\.[0-9a-f]+\.js$/.test(name));
for (const chunk of chunks) await cp(join(umd, chunk), join(dist, "bundles", chunk));

await refuseMissingChunks(await readFile(join(dist, "analytics.min.js"), "utf8"), chunks);
await writeFile(join(dist, "LICENSE"), await licences(sdk));

const { version } = JSON.parse(await readFile(join(sdk, "package.json"), "utf8"));
console.log(`analytics.js ${version}: analytics.min.js, prefix.js, LICENSE and ${chunks.length} bundles in ${dist}`);

/** The folder of an installed package as `from` would resolve it, whatever its `exports` allow to be imported. */
function packageFolder(name, from) {
  for (const folder of createRequire(from).resolve.paths(name)) {
    const candidate = join(folder, name);
    try {
      createRequire(import.meta.url)(join(candidate, "package.json"));
      return candidate;
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error(`${name} is not installed; run npm ci in the repository's root`);
}

/** A chunk that the loader asks for by its hash must have been copied, or a page fails long after it loaded. */
async function refuseMissingChunks(loader, names) {
  const hashes = loader.match(/\b[0-9a-f]{20}\b/g) ?? [];
  if (hashes.length === 0) throw new Error("the loader names no chunks; the bundle's layout has changed");
  const missing = [...new Set(hashes)].filter((hash) => !names.some((name) => name.includes(hash)));
  if (missing.length > 0) throw new Error(`chunks without a file: ${missing.join(", ")}`);
}

/** The licence texts of the SDK and of every package that is compiled into its bundle. */
async function licences(root) {
  const seen = new Map();
  const waiting = [root];
  while (waiting.length > 0) {
    const folder = waiting.shift();
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const title = `${about.name} ${about.version}`;
    if (seen.has(title)) continue;
    seen.set(title, await licenceText(folder, about));
    for (const name of Object.keys(about.dependencies ?? {})) {
      waiting.push(packageFolder(name, join(folder, "package.json")));
    }
  }
  return [...seen].map(([title, text]) => `${title}\n\n${text.trim()}\n`).join("\n----\n\n");
}

async function licenceText(folder, about) {
  const file = (await readdir(folder)).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
  if (file) return readFile(join(folder, file), "utf8");
  return `Licence: ${about.license ?? "not stated"} (the package carries no text)`;
}
