/**
 * What benches need of the library that no entry of it exports: modules of `src` by their paths there,
 * joined by esbuild for this process. Its program does that, so that this process grows by nothing else.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** All that some modules export. */
export async function internals(...paths) {
  // Inside the package, so that what stays outside the bundle is found.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, ".cache", "internals-"));
  try {
    const file = join(folder, "internals.mjs");
    const args = ["--bundle", "--platform=node", "--format=esm", "--packages=external"];
    execFileSync(join(root, "node_modules/.bin/esbuild"), [...args, `--outfile=${file}`], {
      cwd: root,
      input: paths.map((path) => `export * from "./src/${path}";\n`).join(""),
      stdio: ["pipe", "ignore", "inherit"],
    });
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
