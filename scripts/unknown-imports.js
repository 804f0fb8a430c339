/**
 * Imports of what nobody knows before (onnxruntime's address). The steps of the build would wrap them, and
 * drop the marks by which the user's bundler lets them stand and does not warn; so they are a call of another
 * name until the last step.
 */
import { readFileSync, writeFileSync } from "node:fs";

const call = "importUnknown";
const marks = "/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */";

/** Hides them in a file of the compiler, whose own helper would change endings of addresses. */
export function hideUnknownImports(path) {
  const text = readFileSync(path, "utf8");
  const helper = "__rewriteRelativeImportExtension";
  const hidden = text
    .replace(new RegExp(`^var ${helper} = .*?^\\};\n`, "ms"), "")
    .replace(new RegExp(`\\bimport\\(${helper}\\(.*?(\\w+)\\)\\)`), `${call}($1)`);
  if (hidden.includes(helper) || !hidden.includes(call)) throw new Error(`${path} is another`);
  writeFileSync(path, hidden);
}

/** Shows them again in a module's text. */
export function showUnknownImports(code) {
  return code.replaceAll(`${call}(`, `import(${marks} `);
}
