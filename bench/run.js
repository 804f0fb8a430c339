/**
 * Runs a bench written in TypeScript: `node bench/run.js network`. The file is bundled with esbuild
 * first, so that any Node from 20 on can run it and no build of the package is needed.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [name = "network"] = process.argv.slice(2);
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
// Inside the package, so that what stays outside the bundle is found.
const cache = fileURLToPath(new URL("../.cache", import.meta.url));
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, "bench-"));
try {
  const outfile = join(folder, "bench.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
