/**
 * LabelMe's annotations: a JSON file for each picture with the shapes that were drawn in it. A shape becomes
 * the box around it; shapes of one label and group are one object. Nothing in it is trusted.
 */
import { describeError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import type { Rectangle } from "../image/image.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { boxAround } from "./box-in-picture.ts";
import { invalidData } from "./data-error.ts";
import { largestEdge, type NotedObject, type NotedPicture } from "./noted.ts";

/** A file of annotations. */
export interface LabelmeAnnotation extends Pick<NotedPicture, "size" | "objects"> {
  /** The picture's path as the file has it, from the file's own folder on. */
  readonly imagePath: string | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads a file of annotations.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told shapes that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the entry that is wrong.
 *
 * @example
 * ```ts
 * const shape = { label: "cat", shape_type: "rectangle", points: [[10, 20], [40, 60]] };
 * const file = { imagePath: "a.jpg", shapes: [shape] };
 * const { objects } = parseLabelmeAnnotation(JSON.stringify(file), "a.json");
 * objects[0].box; // { x: 10, y: 20, width: 30, height: 40 }
 * ```
 */
export function parseLabelmeAnnotation(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): LabelmeAnnotation {
  const { shapes, imagePath, imageWidth: width, imageHeight: height } = parse(text, node);
  if (!Array.isArray(shapes)) {
    throw invalidData(node, "the file has no shapes", {
      expected: "LabelMe's annotations: a list of shapes and imagePath",
      received: quote(shapes),
    });
  }
  const objects: NotedObject[] = [];
  const groups = new Map<string, number>();
  for (const [index, shape] of shapes.entries()) {
    const place = `${node}: shapes[${index}]`;
    try {
      const object = readShape(isRecord(shape) ? shape : {}, place);
      const group = isRecord(shape) ? shape["group_id"] : undefined;
      const key = typeof group === "number" ? `${group} ${object.class}` : undefined;
      const before = key === undefined ? undefined : groups.get(key);
      if (before === undefined) objects.push(object);
      else objects[before] = { ...objects[before]!, box: around(objects[before]!.box, object.box) };
      if (key !== undefined && before === undefined) groups.set(key, objects.length - 1);
    } catch (error) {
      bad(error, "object");
    }
  }
  const isStated = isNumberIn(width, 1, largestEdge) && isNumberIn(height, 1, largestEdge);
  return {
    imagePath: typeof imagePath === "string" && imagePath !== "" ? imagePath : undefined,
    size: isStated ? { width, height } : undefined,
    objects,
  };
}

function parse(text: string, node: string): Row {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw invalidData(node, "the file is not JSON", { received: describeError(error) });
  }
  if (isRecord(file)) return file;
  throw invalidData(node, "the file is no annotation of LabelMe", {
    expected: "an object with shapes and imagePath",
    received: quote(file),
  });
}

/** Shapes of which the points are corners; of a circle they are the centre and a place on it. */
const shapeTypes: readonly unknown[] = ["rectangle", "polygon", "mask", "circle", undefined, null];

function readShape(shape: Row, place: string): NotedObject {
  const { label, points, shape_type: type, difficult } = shape;
  if (typeof label !== "string" || label === "" || label.length > 1024) {
    throw wrong(`${place}.label`, "a text of 1 to 1024 characters", label);
  }
  if (!shapeTypes.includes(type)) {
    throw wrong(`${place}.shape_type`, "rectangle, polygon, mask or circle", type);
  }
  if (!Array.isArray(points) || points.length < 2) {
    throw wrong(`${place}.points`, "a list of at least two points", points);
  }
  for (const [index, point] of points.entries()) {
    const fits = Array.isArray(point) && point.length === 2 && point.every(isPosition);
    if (!fits) throw wrong(`${place}.points[${index}]`, "[x, y]", point);
  }
  const corners = points as readonly (readonly [x: number, y: number])[];
  const box = type === "circle" ? aroundCircle(corners) : boxAround(corners);
  return { place, class: label, box, crowd: false, difficult: difficult === true };
}

function isPosition(value: unknown): boolean {
  return isNumberIn(value, -largestEdge, largestEdge);
}

function aroundCircle([centre, edge]: readonly (readonly [number, number])[]): Rectangle {
  const [x, y] = centre!;
  const radius = Math.hypot(edge![0] - x, edge![1] - y);
  return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
}

function around(a: Rectangle, b: Rectangle): Rectangle {
  return boxAround([
    ...([
      [a.x, a.y],
      [a.x + a.width, a.y + a.height],
    ] as const),
    ...([
      [b.x, b.y],
      [b.x + b.width, b.y + b.height],
    ] as const),
  ]);
}

function wrong(place: string, expected: string, value: unknown): Error {
  return invalidData(place, "the entry is wrong", { expected, received: quote(value) });
}
