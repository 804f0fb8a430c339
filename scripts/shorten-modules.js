/**
 * Shortens the joined modules in `dist`, by half, which nobody reads: white space goes, and names that only
 * one function knows become short. Names of functions, of classes and of what a module shares stay, for
 * traces of errors, and lines are short, so that a line says where. Before the page is made of them, whose
 * maps are to hold, and after the steps that look for words in these files.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { minify } from "terser";
import { showUnknownImports } from "./unknown-imports.js";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith(".js")) continue;
  const path = join(dist, name);
  const { code: simple } = await transform(readFileSync(path, "utf8"), {
    minifySyntax: true,
    charset: "utf8",
    target: "es2022",
    legalComments: "none",
  });
  const { code } = await minify(simple, {
    parse: { module: true },
    compress: false,
    mangle: { toplevel: false, module: false, keep_fnames: true, keep_classnames: true },
    format: { ecma: 2020, max_line_len: 400, keep_quoted_props: true, comments: false },
  });
  writeFileSync(path, showUnknownImports(code));
}
