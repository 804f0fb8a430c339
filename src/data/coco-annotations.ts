/**
 * COCO's annotation files ("instances"): JSON with lists of images, annotations and categories that
 * refer to each other by id. Nothing in it is trusted: types, ranges, ids and paths are checked, and
 * the message names the entry that is wrong.
 */
import { describeError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import type { ImageSize, Rectangle } from "../image/image.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { invalidData, pathInside } from "./data-error.ts";
import { largestEdge } from "./noted.ts";

/** An object of a picture. */
export interface CocoObject {
  /** The category's id. */
  readonly category: number;
  readonly box: Rectangle;
  /** Square pixels of the object's mask, or of its box where the file does not say. */
  readonly area: number;
  readonly crowd: boolean;
  /** Where it stands in the file, for messages. */
  readonly place: string;
}

/** A picture and what is in it. */
export interface CocoImage {
  readonly id: number;
  /** Relative, with forward slashes. */
  readonly path: string;
  /** As the file states it. */
  readonly size: ImageSize | undefined;
  readonly place: string;
  readonly objects: readonly CocoObject[];
}

/** A file of annotations. */
export interface CocoAnnotations {
  /** By id; in order of id, as COCO's tools judge them. */
  readonly images: readonly CocoImage[];
  /** In the file's order. */
  readonly categories: ReadonlyMap<number, string>;
  /** The names that a category of another name is said to be below. */
  readonly groups: ReadonlySet<string>;
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
 * const file = {
 *   images: [{ id: 7, file_name: "cat.jpg" }],
 *   annotations: [{ image_id: 7, category_id: 17, bbox: [1, 2, 30, 40] }],
 *   categories: [{ id: 17, name: "cat" }],
 * };
 * const { images } = parseCocoAnnotations(JSON.stringify(file), "instances.json");
 * images[0].objects[0].area; // 1200
 * ```
 */
export function parseCocoAnnotations(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): CocoAnnotations {
  const file = parse(text, node);
  const categories = new Map<number, string>();
  const groups = new Set<string>();
  for (const [row, place] of rows(file, "categories", node)) {
    const id = wholeNumber(row["id"], `${place}.id`);
    if (categories.has(id))
      throw invalidData(`${place}.id`, "the id is not the only one", { received: quote(id) });
    const own = name(row["name"], `${place}.name`);
    categories.set(id, own);
    const group = row["supercategory"];
    if (typeof group === "string" && group !== own) groups.add(group);
  }
  const images = new Map<number, CocoImage & { readonly objects: CocoObject[] }>();
  for (const [row, place] of rows(file, "images", node)) {
    try {
      const image = readImage(row, place);
      if (images.has(image.id)) {
        const received = quote(image.id);
        throw invalidData(`${place}.id`, "the id is not the only one", { received });
      }
      images.set(image.id, image);
    } catch (error) {
      bad(error, "picture");
    }
  }
  for (const [row, place] of rows(file, "annotations", node)) {
    try {
      const imageId = wholeNumber(row["image_id"], `${place}.image_id`);
      const image = images.get(imageId);
      if (image === undefined) throw unknownId(`${place}.image_id`, "image", imageId);
      const object = readObject(row, place);
      if (!categories.has(object.category)) {
        throw unknownId(`${place}.category_id`, "category", object.category);
      }
      image.objects.push(object);
    } catch (error) {
      bad(error, "object");
    }
  }
  return { categories, groups, images: [...images.values()].sort((a, b) => a.id - b.id) };
}

function parse(text: string, node: string): Row {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw invalidData(node, "the file is not JSON", { received: describeError(error) });
  }
  if (isRecord(file)) return file;
  throw invalidData(node, "the file is no COCO annotations", {
    expected: "an object with images, annotations and categories",
    received: Array.isArray(file) ? "a list" : typeof file,
  });
}

function* rows(file: Row, list: string, node: string): Generator<readonly [Row, string]> {
  const entries = Object.hasOwn(file, list) ? file[list] : undefined;
  if (!Array.isArray(entries)) {
    throw invalidData(node, `the file has no ${list}`, {
      expected: "COCO annotations: lists of images, annotations and categories",
      received: quote(file),
    });
  }
  for (const [index, entry] of entries.entries()) {
    // What is no object has none of the fields either, which are asked for first.
    yield [isRecord(entry) ? entry : {}, `${node}: ${list}[${index}]`];
  }
}

function readImage(row: Row, place: string): CocoImage & { readonly objects: CocoObject[] } {
  const id = wholeNumber(row["id"], `${place}.id`);
  const path = pathInside(name(row["file_name"], `${place}.file_name`), `${place}.file_name`);
  const { width, height } = row as { width?: unknown; height?: unknown };
  const isStated = isNumberIn(width, 1, largestEdge) && isNumberIn(height, 1, largestEdge);
  return { id, path, size: isStated ? { width, height } : undefined, place, objects: [] };
}

function readObject(row: Row, place: string): CocoObject {
  const edges = row["bbox"];
  if (!Array.isArray(edges) || edges.length !== 4) {
    throw wrong(`${place}.bbox`, "[x, y, width, height]", edges);
  }
  const [x, y, width, height] = edges.map((edge, i) =>
    finite(edge, `${place}.bbox[${i}]`, i < 2 ? -largestEdge : 0),
  ) as [number, number, number, number];
  const { area, iscrowd = 0 } = row as { area?: unknown; iscrowd?: unknown };
  if (![0, 1, true, false].includes(iscrowd as number | boolean)) {
    throw wrong(`${place}.iscrowd`, "0 or 1", iscrowd);
  }
  return {
    category: wholeNumber(row["category_id"], `${place}.category_id`),
    box: { x, y, width, height },
    area: area === undefined || area === null ? width * height : finite(area, `${place}.area`, 0),
    crowd: Number(iscrowd) === 1,
    place,
  };
}

function wholeNumber(value: unknown, place: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrong(place, "a whole number of at least 0", value);
}

function finite(value: unknown, place: string, from: number): number {
  if (typeof value === "number" && value >= from && value <= largestEdge) return value;
  throw wrong(place, from === 0 ? "a number of at least 0" : "a number", value);
}

function name(value: unknown, place: string): string {
  if (typeof value === "string" && value !== "" && value.length <= 1024) return value;
  throw wrong(place, "a text of 1 to 1024 characters", value);
}

function wrong(place: string, expected: string, value: unknown): Error {
  return invalidData(place, "the entry is wrong", { expected, received: quote(value) });
}

function unknownId(place: string, kind: string, id: number): Error {
  return invalidData(place, `no ${kind} has this id`, { received: quote(id) });
}
