/** Which value of a mask is which class, as Roboflow writes it beside masks: `_classes.csv`. */
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";
import { linesOf } from "./lines.ts";

/** As many classes as a byte can tell apart beside what does not count. */
const mostClasses = 255;

/**
 * Reads a list of values and classes, by value; nothing where the file's columns are others, as in a list of
 * labelled pictures.
 *
 * @param node - The file's name, for messages.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * parseMaskValues("Pixel Value, Class\n0, background\n1, cat\n", "_classes.csv"); // ["background", "cat"]
 * ```
 */
export function parseMaskValues(text: string, node: string): readonly string[] | undefined {
  const names: string[] = [];
  let isList = false;
  for (const [line, number] of linesOf(text.replace(/^\ufeff/, ""))) {
    if (!isList) {
      if (!/^"?pixel value"?\s*,\s*"?class"?$/i.test(line)) return undefined;
      isList = true;
      continue;
    }
    const [, value, name] = /^"?(\d{1,3})"?\s*,\s*"?(.*?)"?$/.exec(line) ?? [];
    const fits = Number(value) === names.length && name !== undefined && name !== "";
    if (!fits || name.length > 1024 || names.length === mostClasses) {
      throw invalidData(`${node}, line ${number}`, "this names no class of a mask", {
        expected: `${names.length}, a name; ${mostClasses} classes at most`,
        received: quote(line),
      });
    }
    names.push(name);
  }
  return names.length === 0 ? undefined : names;
}
