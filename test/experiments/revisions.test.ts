/**
 * An experiment's revision goes with what its parts compute: the code of that, without what draws and tells,
 * is held against a hash, so that nobody changes values and leaves the revision as it is.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { experiments } from "../../src/experiments/experiments.ts";

const folder = fileURLToPath(new URL("../../src/experiments", import.meta.url));

/** What draws a result and tells of it, and what parts and values are at all. */
const telling =
  /^(?:experiment|kept-values|figures|.*section|verdicts|words|draw-.*|described|printed|questions|markdown)\.ts$/;

/** The modules of experiments that a module needs, itself included, but for those that tell. */
function closure(path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, from = ""] of readFileSync(path, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
    const other = join(dirname(path), from);
    const isOfExperiments = !relative(folder, other).startsWith("..");
    if (isOfExperiments && !telling.test(basename(other))) closure(other, found);
  }
  return found;
}

/** A hash of modules, without comments and spaces. */
function codeOf(paths: ReadonlySet<string>): string {
  const hash = createHash("sha256");
  for (const path of [...paths].sort()) {
    const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    hash.update(relative(folder, path).replaceAll("\\", "/")).update(text.replace(/\s+/g, ""));
  }
  return hash.digest("hex").slice(0, 12);
}

/** Each experiment's revision, and the code that it stands for. */
const known: Readonly<Record<string, readonly [revision: number, code: string]>> = {
  "receptive-field": [1, "69adb39491d1"],
  "information-flow": [1, "9acfdaf03dde"],
  ablations: [1, "f78ba39a3a9e"],
  "trade-offs": [1, "102d64ed4a8a"],
  memory: [1, "9409e1f59ad3"],
  "low-precision": [1, "f8997b935e9a"],
  blocks: [1, "7bf035a28368"],
  manifold: [1, "77e20505aae7"],
};

it.each(experiments.map(({ name }) => name))("%s has the revision of its code", (name) => {
  const main = join(folder, name, `${name}.ts`);
  const [, revision] = /^ {2}revision: (\d+),$/m.exec(readFileSync(main, "utf8")) ?? [];
  const remedy = `Raise revision in ${name}.ts where its parts come to other values now (with trainingRevision where networks do), and write the new code here.`;
  expect([Number(revision), codeOf(closure(main))], remedy).toEqual(known[name]);
});
