/**
 * Takes the white space out of the joined modules in `dist`, a third of their bytes, which nobody reads.
 * Names stay, for traces of errors, and lines are short, so that a line says where. Before the page is made
 * of them, whose maps are to hold, and after the steps that look for words in these files.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { showUnknownImports } from "./unknown-imports.js";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith(".js")) continue;
  const path = join(dist, name);
  const { code } = await transform(readFileSync(path, "utf8"), {
    minifyWhitespace: true,
    minifySyntax: true,
    charset: "utf8",
    lineLimit: 400,
    target: "es2022",
    legalComments: "none",
  });
  writeFileSync(path, showUnknownImports(code));
}
