/** What others wrote and the package holds, and on which terms. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The words under which an installed package may be a part of ours.
 *
 * @param {string} name
 */
export function licenceOf(name) {
  const folder = fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no licence beside it`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
