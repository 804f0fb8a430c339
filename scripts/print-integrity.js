/**
 * Prints the hashes of the files that pages load without a bundler, as an import map's `integrity` has
 * them, for a release's notes: a page that names them runs these files and no others. An argument is the
 * address of the folder where they are served; absent, names are relative to the page.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../dist/page", import.meta.url));
const base = process.argv[2] ?? "./";

const hashes = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .sort()
  .map((name) => {
    const digest = createHash("sha384")
      .update(readFileSync(join(folder, name)))
      .digest("base64");
    return [`${base}${name}`, `sha384-${digest}`];
  });
console.log(JSON.stringify({ integrity: Object.fromEntries(hashes) }, null, 2));
