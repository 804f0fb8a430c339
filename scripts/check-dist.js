/**
 * Checks what the compiler wrote to `dist`: every relative import of every module, and every file
 * that it addresses by `new URL`, is there, and no module outlived its source. TypeScript rewrites
 * `.ts` to `.js` in imports, but not in a dynamic import inside a function that contains `using`; such
 * a module would fail only when that line is reached.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const relativeImport = /(?:\bfrom|\bimport|\bimport\(|\bnew URL\()\s*"(\.{1,2}\/[^"]+)"/g;

const modules = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".js"))
  // The page's files lie otherwise where they are served; test/web looks at them.
  .filter((name) => !/^web\b/.test(name))
  .map((name) => join(dist, name));

const faults = modules.flatMap((path) => {
  const source = join(root, "src", relative(dist, path)).replace(/\.js$/, ".ts");
  // What the bundler joined has many sources.
  const joined = /^(?:chunks|page)\b/.test(relative(dist, path));
  const stale =
    joined || existsSync(source) ? [] : ["its source is gone; delete dist and build again"];
  const broken = [...readFileSync(path, "utf8").matchAll(relativeImport)]
    .map(([, target = ""]) => target)
    .filter((target) => target.endsWith(".ts") || !existsSync(resolve(dirname(path), target)))
    .map((target) => `imports ${target}, which is not there`);
  return [...stale, ...broken].map((fault) => `${relative(root, path)}: ${fault}`);
});

if (modules.length === 0) faults.push("dist: no modules; run npm run build first");
// What the package carries is found from where the bundler has put its reader.
else {
  await import(pathToFileURL(join(dist, "index.js")).href)
    .then(async ({ loadClassifier }) => {
      // In a worker, whose script is found in the same way.
      const classifier = await loadClassifier("cifar10", { worker: true });
      if (!classifier.description.endsWith("in a worker")) throw classifier.description;
      await classifier.classify({ width: 1, height: 1, data: new Uint8Array(3) });
    })
    .catch((error) => faults.push(`dist/index.js: ${error.message ?? error}`));
}
// Another script of the package's, which the command line starts.
if (faults.length === 0) {
  const args = ["benchmark", "--width", "0.1", "--resolution", "32", "--runs", "1", "--json"];
  const program = join(dist, "cli", "main.js");
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  if (!stdout.includes("coldStartMs")) faults.push(`dist/cli/main.js: ${stderr}`);
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
