/**
 * Takes the white space out of the joined modules in `dist/chunks`, a third of their bytes, which nobody
 * reads. Names stay, for traces of errors, and lines are short, so that a line says where. Before the page
 * is made of them, whose maps are to hold, and after the steps that look for words in these files.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { showUnknownImports } from "./unknown-imports.js";

const chunks = fileURLToPath(new URL("../dist/chunks", import.meta.url));
for (const name of readdirSync(chunks, { recursive: true })) {
  if (!name.endsWith(".js")) continue;
  const path = join(chunks, name);
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
