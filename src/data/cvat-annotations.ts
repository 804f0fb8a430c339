/**
 * CVAT's annotations of a task or project ("CVAT for images 1.1"): an XML file of all pictures with the
 * shapes that were drawn in them. A shape becomes the box around it. Nothing in it is trusted; the message
 * names the line of the shape that is wrong.
 */
import type { ImageSize, Rectangle } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { boxAround } from "./box-in-picture.ts";
import { invalidData, pathInside } from "./data-error.ts";
import { largestEdge, type NotedObject } from "./noted.ts";
import { attributesOf, childOf, parseXml, type XmlElement } from "./xml.ts";

/** A picture and what is in it. */
export interface CvatImage {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly place: string;
  readonly size: ImageSize | undefined;
  /** The part that it was put in; CVAT's own word for none is undefined here. */
  readonly subset: string | undefined;
  readonly objects: readonly NotedObject[];
}

/** A file of annotations. */
export interface CvatAnnotations {
  /** The labels of shapes that have a box, in the file's order; undefined where it lists none. */
  readonly classes: readonly string[] | undefined;
  readonly images: readonly CvatImage[];
}

/** An element with its attributes and place. */
interface Shape {
  readonly attributes: ReadonlyMap<string, string>;
  readonly place: string;
}

/** A million shapes are some 200 MB of XML. */
const mostElements = 1_000_000;

/**
 * Reads a file of annotations.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told pictures and objects that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the line that is wrong; where the file has tracks of a video.
 *
 * @example
 * ```ts
 * const box = '<box label="cat" occluded="0" xtl="10" ytl="20" xbr="40" ybr="60"/>';
 * const xml = `<annotations><image name="in/a.jpg" width="64" height="64">${box}</image></annotations>`;
 * parseCvatAnnotations(xml, "a.xml").images[0].objects[0].box; // { x: 10, y: 20, width: 30, height: 40 }
 * ```
 */
export function parseCvatAnnotations(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): CvatAnnotations {
  const root = parseXml(text, node, { mostElements });
  if (root.name !== "annotations") {
    throw invalidData(node, "the XML is no annotations of CVAT", {
      expected: "an element annotations with images",
      received: quote(root.name),
    });
  }
  const track = childOf(root, "track");
  if (track !== undefined) {
    throw invalidData(`${node}, line ${track.line}`, "the file has tracks of a video", {
      expected: "the boxes of each picture",
      remedy: 'Export the task as "CVAT for images 1.1".',
    });
  }
  const images: CvatImage[] = [];
  for (const element of root.children) {
    if (element.name !== "image") continue;
    try {
      images.push(readImage(element, node, bad));
    } catch (error) {
      bad(error, "picture");
    }
  }
  return { classes: readLabels(childOf(root, "meta"), node), images };
}

/** What a label's shapes may be; of the others no box is made. */
const boxTypes: readonly string[] = ["", "any", "rectangle", "bbox", "polygon", "ellipse", "mask"];

/** The labels of a task, a project or a job. */
function readLabels(meta: XmlElement | undefined, node: string): readonly string[] | undefined {
  const lists = meta?.children.flatMap((about) => childOf(about, "labels") ?? []);
  if (lists === undefined || lists.length === 0) return undefined;
  const names: string[] = [];
  for (const label of lists.flatMap(({ children }) => children)) {
    if (!boxTypes.includes(childOf(label, "type")?.text ?? "")) continue;
    names.push(readName(childOf(label, "name")?.text, `${node}, line ${label.line}`));
  }
  return [...new Set(names)];
}

function readName(name: string | undefined, place: string): string {
  if (name !== undefined && name !== "" && name.length <= 1024) return name;
  throw wrong(place, "label", "a text of 1 to 1024 characters", name);
}

function readImage(element: XmlElement, node: string, bad: OnBadAnnotation): CvatImage {
  const place = `${node}, line ${element.line}`;
  const attributes = attributesOf(element, place);
  const name = attributes.get("name") ?? "";
  if (name === "") throw wrong(place, "name", "a picture's path", undefined);
  const [width, height] = ["width", "height"].map((edge) => {
    const text = attributes.get(edge) ?? "";
    return /^\d{1,7}$/.test(text) ? Number(text) : 0;
  }) as [number, number];
  const subset = attributes.get("subset");
  const objects: NotedObject[] = [];
  for (const shape of element.children) {
    const at = `${node}: ${shape.name} in line ${shape.line}`;
    try {
      const object = readShape(shape, at);
      if (object !== undefined) objects.push(object);
    } catch (error) {
      bad(error, "object");
    }
  }
  return {
    ...{ path: pathInside(name, place), place, objects },
    size: width > 0 && height > 0 ? { width, height } : undefined,
    subset: subset === undefined || /^(?:default)?$/i.test(subset) ? undefined : subset,
  };
}

/** The box of each kind of shape. */
const shapes: Readonly<Record<string, (shape: Shape) => Rectangle>> = {
  box(shape) {
    const [left, top] = [numberOf(shape, "xtl"), numberOf(shape, "ytl")];
    const [right, bottom] = [numberOf(shape, "xbr"), numberOf(shape, "ybr")];
    const [centerX, centerY] = [(left + right) / 2, (top + bottom) / 2];
    const [cos, sin] = turnOf(shape);
    if (sin === 0 && cos === 1)
      return { x: left, y: top, width: right - left, height: bottom - top };
    const [across, down] = [(right - left) / 2, (bottom - top) / 2];
    const width = 2 * (Math.abs(across * cos) + Math.abs(down * sin));
    const height = 2 * (Math.abs(across * sin) + Math.abs(down * cos));
    return { x: centerX - width / 2, y: centerY - height / 2, width, height };
  },
  polygon: ({ attributes, place }) => boxAround(readPoints(attributes.get("points"), place)),
  ellipse(shape) {
    const [x, y] = [numberOf(shape, "cx"), numberOf(shape, "cy")];
    const [across, down] = [numberOf(shape, "rx"), numberOf(shape, "ry")];
    const [cos, sin] = turnOf(shape);
    const width = 2 * Math.hypot(across * cos, down * sin);
    const height = 2 * Math.hypot(across * sin, down * cos);
    return { x: x - width / 2, y: y - height / 2, width, height };
  },
  mask: (shape) => ({
    ...{ x: numberOf(shape, "left"), y: numberOf(shape, "top") },
    ...{ width: numberOf(shape, "width"), height: numberOf(shape, "height") },
  }),
};

/** Nothing for what is said of the whole picture, and for what is outside of it. */
function readShape(element: XmlElement, place: string): NotedObject | undefined {
  if (element.name === "tag") return undefined;
  if (!Object.hasOwn(shapes, element.name)) {
    throw invalidData(place, "no box is made of such a shape", {
      expected: Object.keys(shapes).join(", "),
      received: quote(element.name),
    });
  }
  const attributes = attributesOf(element, place);
  const label = readName(attributes.get("label"), place);
  if (attributes.get("outside") === "1") return undefined;
  const box = shapes[element.name]!({ attributes, place });
  return { place, class: label, box, crowd: false, difficult: false };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberIn(text: string | undefined): number | undefined {
  const value = decimal.test(text ?? "") ? Number(text) : Number.NaN;
  return Math.abs(value) <= largestEdge ? value : undefined;
}

function numberOf({ attributes, place }: Shape, name: string): number {
  const value = numberIn(attributes.get(name));
  if (value !== undefined) return value;
  throw wrong(place, name, "a number of pixels", attributes.get(name));
}

/** Cosine and sine of the angle by which a shape is turned about its centre; it is in degrees. */
function turnOf({ attributes, place }: Shape): readonly [cos: number, sin: number] {
  const text = attributes.get("rotation") ?? "0";
  const degrees = numberIn(text);
  if (degrees === undefined) throw wrong(place, "rotation", "degrees", text);
  return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
}

/** `x,y;x,y;…` */
function readPoints(
  text: string | undefined,
  place: string,
): readonly (readonly [x: number, y: number])[] {
  const points = (text ?? "").split(";").map((point) => point.split(",").map(numberIn));
  const fits = points.every((point) => point.length === 2 && !point.includes(undefined));
  if (fits && points.length >= 2) return points as unknown as (readonly [number, number])[];
  throw wrong(place, "points", "x,y;x,y …", text);
}

function wrong(place: string, name: string, expected: string, value: unknown): Error {
  return invalidData(place, `there is no right ${name}`, {
    expected,
    received: value === undefined ? "none" : quote(value),
  });
}
