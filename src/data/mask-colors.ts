/**
 * Which colour of a mask is which class, as tools write it beside masks in colours: CVAT's `labelmap.txt`
 * (`road:128,64,128::`), `class_dict.csv` (`road,128,64,128`) and CamVid's `label_colors.txt`
 * (`128 64 128 road`). The order of lines is that of the classes.
 */
import type { Color } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";
import { linesOf } from "./lines.ts";

/** A class and its colour. */
export interface ColoredClass {
  readonly name: string;
  readonly color: Color;
}

/** As many classes as a byte can tell apart beside what does not count. */
const mostClasses = 255;

const byte = String.raw`\s*(\d{1,3})\s*`;
const [cvat, table, camvid] = [
  new RegExp(`^(?<name>[^:]+):${byte},${byte},${byte}(?::|$)`),
  new RegExp(`^(?<name>.+?)\\s*,${byte},${byte},${byte}$`),
  new RegExp(`^${byte}\\s${byte}\\s${byte}\\s(?<name>.+)$`),
];

/**
 * Reads a list of classes and colours; nothing where no class has a colour, as in `labelmap.txt` of boxes.
 *
 * @param node - The file's name, for messages.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * const [, road] = parseMaskColors("# label:color_rgb\nsky:0,0,255::\nroad:128,64,128::\n", "labelmap.txt");
 * [road.name, road.color[0]]; // ["road", 128]
 * ```
 */
export function parseMaskColors(text: string, node: string): readonly ColoredClass[] | undefined {
  const classes: ColoredClass[] = [];
  const seen = new Map<string, string>();
  let without: string | undefined;
  for (const [line, number] of linesOf(text)) {
    if (line.startsWith("#") || (number === 1 && /^"?name"?\s*,/i.test(line))) continue;
    const place = `${node}, line ${number}`;
    if (/^[^:]+::/.test(line)) {
      without ??= place;
      continue;
    }
    const one = readLine(line, place);
    for (const key of [`name ${quote(one.name)}`, `colour ${one.color.join(", ")}`]) {
      const before = seen.get(key);
      if (before !== undefined) {
        throw invalidData(place, "a class or a colour comes twice", {
          expected: "a name and a colour of its own for each class",
          received: `the ${key} of ${before}`,
        });
      }
      seen.set(key, place);
    }
    classes.push(one);
    if (classes.length > mostClasses) {
      throw invalidData(place, "there are too many classes", {
        expected: `${mostClasses} at most`,
      });
    }
  }
  if (classes.length === 0) return undefined;
  if (without === undefined) return classes;
  throw invalidData(without, "the class has no colour", { expected: "name:red,green,blue::" });
}

function readLine(line: string, place: string): ColoredClass {
  for (const form of [cvat, table, camvid]) {
    const match = form.exec(line);
    if (match === null) continue;
    const name = match.groups!["name"]!.trim();
    const color = match
      .slice(1)
      .filter((part) => /^\d{1,3}$/.test(part))
      .map(Number);
    // The name may be a number, too: of four the colour's are those together.
    const own = form === camvid ? color.slice(0, 3) : color.slice(-3);
    if (name !== "" && own.every((value) => value <= 255)) {
      return { name, color: own as unknown as Color };
    }
  }
  throw invalidData(place, "the line names no class and its colour", {
    expected: "name:red,green,blue::, or name,red,green,blue, or red green blue name",
    received: quote(line),
  });
}
