// Installed SDKs are kept outside the repository, by the content of what pins them.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const root = process.env.PRIMEDATA_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "primedata");

/** The folder of `name` for exactly these pin files; `fill` makes it when it does not exist yet. */
export async function cached(name, pinFiles, fill) {
  const hash = createHash("sha256");
  for (const file of pinFiles) hash.update(await readFile(file));
  const folder = join(root, "sdk-tests", `${name}-${hash.digest("hex").slice(0, 12)}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await fill(folder);
    await mkdir(`${complete}.new`, { recursive: true });
    await rename(`${complete}.new`, complete);
  }
  return folder;
}
