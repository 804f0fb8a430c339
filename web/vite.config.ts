/**
 * Builds the web app into `dist/web`: plain files that any host can serve from any folder. The library is
 * not joined into it: the page loads the package's own files, which stand in `engine/` beside it.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { engineEntries, engineFolder } from "./engine-files.ts";
import { notePackages } from "./licences.ts";
import { pageFiles } from "./page-files.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const dist = path("../dist");

/** Scripts lie in `assets/`. */
const paths = Object.fromEntries(
  Object.entries(engineEntries).map(([name, file]) => [name, `../${engineFolder}/${file}`]),
);
const packages = new Set<string>();
const rolldownOptions = { external: Object.keys(engineEntries), output: { paths } };

/**
 * Experiments, some of which the page runs, import the package's entry for Node. Here it is what the page
 * has of the package.
 */
function entryOfExperiments(): Plugin {
  const entry = path("../src/index.ts");
  return {
    name: "entry-of-experiments",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined || resolve(dirname(importer), source) !== entry) return;
      return { id: "mobilenetv2", external: true };
    },
  };
}

export default defineConfig({
  root: path("."),
  base: "./",
  publicDir: path("public"),
  plugins: [
    entryOfExperiments(),
    notePackages(packages),
    pageFiles(path("service-worker/service-worker.ts"), dist, packages),
  ],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: {
    format: "es",
    plugins: () => [entryOfExperiments(), notePackages(packages)],
    rolldownOptions,
  },
  build: {
    outDir: path("../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    // Its polyfill is an inline script for browsers that cannot run the rest either.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions,
  },
});
