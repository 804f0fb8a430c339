/**
 * Builds what is not there or older than its sources. npm asks for it at every install, and npx before the
 * first command in this folder: a build that is there may be in use.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the build is made of, and the last file of each of its two halves. */
const sources = ["src", "assembly", "web", "scripts", "package.json", "package-lock.json"];
const outputs = ["dist/index.js", "dist/web/sw.js"];

/** When a file, or the newest in a folder, was changed; of none the beginning of time. */
function changedAt(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
  // What the build itself writes among the sources is no reason for another.
  const names = readdirSync(path).filter((name) => !name.includes(".generated."));
  return Math.max(0, ...names.map((name) => changedAt(join(path, name))));
}

const changes = (names) => names.map((name) => changedAt(join(root, name)));

if (Math.min(...changes(outputs)) <= Math.max(...changes(sources))) {
  const { npm_execpath: npm = "npm" } = process.env;
  const [program, ...before] = npm.endsWith("js") ? [process.execPath, npm] : [npm];
  execFileSync(program, [...before, "run", "build"], { cwd: root, stdio: "inherit" });
}
