/**
 * What the page is made of, once it is built: the licences of others, the service worker's script, `sw.js`,
 * which knows the names of all files, and `engine.json`, which tells whoever hands the page out where the library's own files
 * are in the package, so that they lie there once.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build, type Plugin } from "vite";
import { engineFiles, engineFolder } from "./engine-files.ts";
import { licencesOf } from "./licences.ts";

/** Names by which files are served, relative to the page; the files themselves. */
type Files = ReadonlyMap<string, string>;

/** Not part of the page itself. */
const apart: ReadonlySet<string> = new Set(["sw.js", "engine.json"]);

/**
 * Writes these after everything else.
 *
 * @param entry - The source of the service worker; `__FILES__` and `__VERSION__` are the build's.
 * @param dist - Where the package was built.
 * @param packages - Names of those whose modules are in the page's scripts.
 */
export function pageFiles(entry: string, dist: string, packages: ReadonlySet<string>): Plugin {
  let folder = "";
  return {
    name: "page-files",
    apply: "build",
    configResolved({ build: { outDir } }) {
      folder = outDir;
    },
    async closeBundle() {
      writeFileSync(join(folder, "licences.txt"), licencesOf(packages));
      const engine = engineFiles(dist);
      const served: Files = new Map([
        ...built(folder).map((name) => [name, join(folder, name)] as const),
        ...engine.map((name) => [`${engineFolder}/${name}`, join(dist, name)] as const),
      ]);
      writeFileSync(join(folder, "sw.js"), await serviceWorker(entry, served));
      writeFileSync(
        join(folder, "engine.json"),
        JSON.stringify({ folder: engineFolder, files: engine }),
      );
    },
  };
}

/** What the build wrote. */
function built(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)).split(sep).join("/"))
    .filter((name) => !apart.has(name))
    .sort();
}

async function serviceWorker(entry: string, files: Files): Promise<string> {
  const hash = createHash("sha256");
  for (const [name, path] of files) hash.update(name).update(readFileSync(path));
  const result = await build({
    configFile: false,
    logLevel: "warn",
    define: {
      __FILES__: JSON.stringify([...files.keys()]),
      __VERSION__: JSON.stringify(hash.digest("hex").slice(0, 16)),
    },
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: { input: entry, output: { format: "iife" } },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !("output" in output)) throw new Error("sw.js was not built");
  return output.output[0].code;
}
