/**
 * Create ML's annotations: a JSON list of pictures, each with labels and boxes by their centres, as Apple
 * has them and Roboflow and LabelImg write them. Nothing in it is trusted.
 */
import { describeError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import type { Rectangle } from "../image/image.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { invalidData, pathInside } from "./data-error.ts";
import { largestEdge, type NotedObject } from "./noted.ts";

/** A picture and what is in it. */
export interface CreatemlImage {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly place: string;
  readonly objects: readonly NotedObject[];
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads a file of annotations.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told pictures and objects that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the entry that is wrong.
 *
 * @example
 * ```ts
 * const coordinates = { x: 25, y: 40, width: 30, height: 40 };
 * const file = [{ image: "a.jpg", annotations: [{ label: "cat", coordinates }] }];
 * const [image] = parseCreatemlAnnotations(JSON.stringify(file), "a.json");
 * image.objects[0].box; // { x: 10, y: 20, width: 30, height: 40 }
 * ```
 */
export function parseCreatemlAnnotations(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): readonly CreatemlImage[] {
  const images: CreatemlImage[] = [];
  for (const [index, entry] of parse(text, node).entries()) {
    const place = `${node}: [${index}]`;
    try {
      images.push(readImage(isRecord(entry) ? entry : {}, place, bad));
    } catch (error) {
      bad(error, "picture");
    }
  }
  return images;
}

function parse(text: string, node: string): readonly unknown[] {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw invalidData(node, "the file is not JSON", { received: describeError(error) });
  }
  if (Array.isArray(file)) return file;
  throw invalidData(node, "the file is no annotations of Create ML", {
    expected: "a list of pictures, each with image and annotations",
    received: quote(file),
  });
}

/** Apple's own examples have the names in brackets, every tool the others. */
function readImage(entry: Row, place: string, bad: OnBadAnnotation): CreatemlImage {
  const [image, list] = [entry["image"] ?? entry["imagefilename"], "annotations"];
  const annotations = entry[list] ?? entry["annotation"];
  if (typeof image !== "string" || image === "") throw wrong(`${place}.image`, "a path", image);
  const path = pathInside(image, `${place}.image`);
  if (!Array.isArray(annotations)) throw wrong(`${place}.${list}`, "a list", annotations);
  const objects: NotedObject[] = [];
  for (const [index, annotation] of annotations.entries()) {
    const at = `${place}.${list}[${index}]`;
    try {
      objects.push(readObject(isRecord(annotation) ? annotation : {}, at));
    } catch (error) {
      bad(error, "object");
    }
  }
  return { path, place, objects };
}

function readObject({ label, coordinates }: Row, place: string): NotedObject {
  if (typeof label !== "string" || label === "" || label.length > 1024) {
    throw wrong(`${place}.label`, "a text of 1 to 1024 characters", label);
  }
  const box = readBox(isRecord(coordinates) ? coordinates : {}, `${place}.coordinates`);
  return { place, class: label, box, crowd: false, difficult: false };
}

/** The centre and size of a box, in pixels from the picture's upper left corner. */
function readBox(coordinates: Row, place: string): Rectangle {
  const [x, y, width, height] = (["x", "y", "width", "height"] as const).map((name) => {
    const value = coordinates[name];
    const least = name === "x" || name === "y" ? -largestEdge : 0;
    if (isNumberIn(value, least, largestEdge)) return value;
    throw wrong(`${place}.${name}`, "a number of pixels", value);
  }) as [number, number, number, number];
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function wrong(place: string, expected: string, value: unknown): Error {
  return invalidData(place, "the entry is wrong", { expected, received: quote(value) });
}
