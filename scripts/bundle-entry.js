/**
 * Joins the Node entry into one file: Node spends about half a millisecond on each module it loads,
 * and the library has a hundred of them. The other modules and all declarations stay as the compiler
 * wrote them; the browser entry does too, because bundlers drop unused modules better than parts of
 * one file.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../dist/index.js", import.meta.url));
await build({
  entryPoints: [entry],
  outfile: entry,
  allowOverwrite: true,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  packages: "external",
  logLevel: "warning",
});
