/** Benches run by hand; what they import of the library must be there when somebody does. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(join(root, "bench"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.[jt]s$/.test(name) && !name.includes("node_modules"))
  .filter((name) => !name.includes(".cache"))
  .map((name) => join(root, "bench", name));

it.each(files.map((file) => [relative(root, file), file]))(
  "%s imports what is there",
  (_, file) => {
    const text = readFileSync(file, "utf8");
    const imported = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.[^"]+)"/g)];
    const beside = imported.map(([, path = ""]) => resolve(dirname(file), path));
    // Modules of `src` that no entry exports, by `internals`.
    const internal = /\binternals\(/.test(text)
      ? text.matchAll(/"((?:[\w-]+\/)*[\w-]+\.ts)"/g)
      : [];
    const inside = [...internal].map(([, path = ""]) => join(root, "src", path));
    // Modules of the build that are not published any more, which a path put together may still name.
    const built = [...text.matchAll(/\b(?:load|module)\("([\w/-]+\.js)"\)/g)];
    const outside = built.map(([, path = ""]) => join(root, "dist", path));
    const paths = [...beside, ...inside, ...outside].filter(
      (path) => !/node_modules|\$\{/.test(path),
    );
    expect(paths.filter((path) => !existsSync(path)).map((path) => relative(root, path))).toEqual(
      [],
    );
  },
);
