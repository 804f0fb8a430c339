/** The library's own files, as the page loads them: those of the package that its browser entries reach. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** What the page imports, by the names under which it does; below `dist`. */
export const engineEntries: Readonly<Record<string, string>> = {
  mobilenetv2: "browser.js",
  "mobilenetv2/train": "train/browser.js",
};

/** Where they are served, relative to the page. */
export const engineFolder = "engine";

const imports = /(?:\bfrom|\bimport|\bimport\()\s*"(\.{1,2}\/[^"]+)"/g;

/** Paths below `dist` of the entries and all that they import, at once or on demand. */
export function engineFiles(dist: string): readonly string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    const name = relative(dist, path).split(sep).join("/");
    if (found.has(name)) return;
    if (!existsSync(path)) throw new Error(`${name} is not there; build the package first`);
    found.add(name);
    for (const [, target = ""] of readFileSync(path, "utf8").matchAll(imports)) {
      visit(resolve(dirname(path), target));
    }
  };
  for (const entry of Object.values(engineEntries)) visit(join(dist, entry));
  return [...found].sort();
}
