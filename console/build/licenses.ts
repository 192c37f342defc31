import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Not imported by a script, yet carried in the build. */
const FONTS = ["@fontsource-variable/inter", "@fontsource-variable/jetbrains-mono"];

/** Writes `licenses.txt`: the licence of each package whose code or font is in the build, as those licences ask. */
export function licenses(): Plugin {
  let root = "";
  return {
    name: "licenses",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_, bundle) {
      const folders = new Set(FONTS.map((font) => packageOf(join(root, "..", "node_modules", font, "package.json"))));
      for (const file of Object.values(bundle))
        if (file.type === "chunk") for (const id of file.moduleIds) if (id.includes("/node_modules/")) folders.add(packageOf(id.replace(/^\0/, "")));
      const texts = [...folders]
        .filter((folder) => folder !== undefined)
        .map(licenseOf)
        .sort();
      this.emitFile({ type: "asset", fileName: "licenses.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

/** The folder of the package that a file belongs to: the nearest `package.json` that has a version. */
function packageOf(file: string): string | undefined {
  for (let folder = dirname(file.split("?")[0] ?? file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version) return folder;
  }
  return undefined;
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
}
