/**
 * Supervisely's annotations: a JSON file for each picture with its objects, and one of a project with its
 * classes. An object becomes the box around its corners. Nothing in it is trusted.
 */
import { describeError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { boxAround } from "./box-in-picture.ts";
import { invalidData } from "./data-error.ts";
import { largestEdge, type NotedObject, type NotedPicture } from "./noted.ts";

type Row = Readonly<Record<string, unknown>>;

/** Objects that are corners; bitmaps, lines and key points have none of a box. */
const boxTypes: readonly unknown[] = ["rectangle", "polygon"];

/**
 * Reads a picture's file.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told objects that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the entry that is wrong.
 *
 * @example
 * ```ts
 * const points = { exterior: [[10, 20], [40, 60]], interior: [] };
 * const file = { size: { width: 64, height: 64 }, objects: [{ classTitle: "cat", geometryType: "rectangle", points }] };
 * const { objects } = parseSuperviselyAnnotation(JSON.stringify(file), "a.jpg.json");
 * objects[0].box; // { x: 10, y: 20, width: 30, height: 40 }
 * ```
 */
export function parseSuperviselyAnnotation(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): Pick<NotedPicture, "size" | "objects"> {
  const { objects, size } = parse(text, node, "an object with size and objects");
  if (!Array.isArray(objects)) throw wrong(`${node}: objects`, "a list", objects);
  const noted: NotedObject[] = [];
  for (const [index, object] of objects.entries()) {
    const place = `${node}: objects[${index}]`;
    try {
      noted.push(readObject(isRecord(object) ? object : {}, place));
    } catch (error) {
      bad(error, "object");
    }
  }
  const { width, height } = isRecord(size) ? size : {};
  const isStated = isNumberIn(width, 1, largestEdge) && isNumberIn(height, 1, largestEdge);
  return { size: isStated ? { width, height } : undefined, objects: noted };
}

/**
 * Reads the classes of a project, of which objects may have boxes.
 *
 * @param node - The file's name, for messages.
 * @throws MobileNetError `invalid-data` naming the entry that is wrong.
 *
 * @example
 * ```ts
 * const file = { classes: [{ title: "cat", shape: "rectangle" }, { title: "nose", shape: "point" }] };
 * parseSuperviselyClasses(JSON.stringify(file), "meta.json"); // ["cat"]
 * ```
 */
export function parseSuperviselyClasses(text: string, node: string): readonly string[] {
  const { classes } = parse(text, node, "an object with classes");
  if (!Array.isArray(classes)) throw wrong(`${node}: classes`, "a list", classes);
  return classes.flatMap((entry, index) => {
    const { title, shape } = isRecord(entry) ? entry : {};
    const name = readName(title, `${node}: classes[${index}].title`);
    return [...boxTypes, "any", undefined].includes(shape) ? [name] : [];
  });
}

function parse(text: string, node: string, expected: string): Row {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw invalidData(node, "the file is not JSON", { received: describeError(error) });
  }
  if (isRecord(file)) return file;
  throw invalidData(node, "the file is none of Supervisely", { expected, received: quote(file) });
}

function readName(name: unknown, place: string): string {
  if (typeof name === "string" && name !== "" && name.length <= 1024) return name;
  throw wrong(place, "a text of 1 to 1024 characters", name);
}

function readObject({ classTitle, geometryType, points }: Row, place: string): NotedObject {
  const name = readName(classTitle, `${place}.classTitle`);
  if (!boxTypes.includes(geometryType)) {
    throw wrong(`${place}.geometryType`, boxTypes.join(" or "), geometryType);
  }
  const { exterior } = isRecord(points) ? points : {};
  if (!Array.isArray(exterior) || exterior.length < 2) {
    throw wrong(`${place}.points.exterior`, "a list of at least two points", exterior);
  }
  for (const [index, point] of exterior.entries()) {
    const fits =
      Array.isArray(point) &&
      point.length === 2 &&
      point.every((value) => isNumberIn(value, -largestEdge, largestEdge));
    if (!fits) throw wrong(`${place}.points.exterior[${index}]`, "[x, y]", point);
  }
  const box = boxAround(exterior as readonly (readonly [x: number, y: number])[]);
  return { place, class: name, box, crowd: false, difficult: false };
}

function wrong(place: string, expected: string, value: unknown): Error {
  return invalidData(place, "the entry is wrong", { expected, received: quote(value) });
}
