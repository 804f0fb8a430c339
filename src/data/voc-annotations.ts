/**
 * PASCAL VOC's annotations: an XML file for each picture, as VOC itself, LabelImg, CVAT and many others
 * write them. Nothing in it is trusted; the message names the line of the object that is wrong.
 */
import type { Rectangle } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { invalidData } from "./data-error.ts";
import { largestEdge, type NotedObject, type NotedPicture } from "./noted.ts";
import { childOf, parseXml, type XmlElement } from "./xml.ts";

/** A file of annotations. */
export interface VocAnnotation extends Pick<NotedPicture, "size" | "objects"> {
  /** The picture's name as the file has it; files are renamed, so it need not be right. */
  readonly filename: string | undefined;
}

/**
 * Reads a file of annotations.
 *
 * VOC itself counts pixels from 1 and includes the last one; what tools write are the box's edges. A
 * file says by its database which of them it is.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told objects that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * const box = "<xmin>10</xmin><ymin>20</ymin><xmax>40</xmax><ymax>60</ymax>";
 * const xml = `<annotation><object><name>cat</name><bndbox>${box}</bndbox></object></annotation>`;
 * parseVocAnnotation(xml, "a.xml").objects[0].box; // { x: 10, y: 20, width: 30, height: 40 }
 * ```
 */
export function parseVocAnnotation(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): VocAnnotation {
  const root = parseXml(text, node);
  if (root.name !== "annotation") {
    throw invalidData(node, "the XML is no annotation of a picture", {
      expected: "an element annotation, as PASCAL VOC has it",
      received: quote(root.name),
    });
  }
  const database = childOf(childOf(root, "source"), "database")?.text ?? "";
  const first = /^The VOC\d{4} Database$/.test(database) ? 1 : 0;
  const objects: NotedObject[] = [];
  let number = 0;
  for (const element of root.children) {
    if (element.name !== "object") continue;
    const place = `${node}: object ${++number} (line ${element.line})`;
    try {
      objects.push(readObject(element, place, first));
    } catch (error) {
      bad(error, "object");
    }
  }
  const filename = childOf(root, "filename")?.text;
  return { filename: filename === "" ? undefined : filename, size: readSize(root), objects };
}

/** The picture's size where it is stated; several tools write 0. */
function readSize(root: XmlElement): NotedPicture["size"] {
  const size = childOf(root, "size");
  const [width, height] = [childOf(size, "width")?.text, childOf(size, "height")?.text].map(
    (edge) => (/^\d{1,7}$/.test(edge ?? "") ? Number(edge) : 0),
  ) as [number, number];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

function readObject(element: XmlElement, place: string, first: 0 | 1): NotedObject {
  const name = childOf(element, "name")?.text ?? "";
  if (name === "" || name.length > 1024) throw missing(place, "name", name);
  return {
    place,
    class: name,
    box: readBox(element, place, first),
    difficult: readFlag(element, "difficult", place),
    crowd: false,
  };
}

function readBox(element: XmlElement, place: string, first: 0 | 1): Rectangle {
  const corners = childOf(element, "bndbox");
  if (corners === undefined) throw missing(place, "bndbox", undefined);
  const [left, top, right, bottom] = ["xmin", "ymin", "xmax", "ymax"].map((name) => {
    const text = childOf(corners, name)?.text;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text ?? "")
      ? Number(text)
      : undefined;
    if (value === undefined || Math.abs(value) > largestEdge) throw missing(place, name, text);
    return value;
  }) as [number, number, number, number];
  return {
    ...{ x: left - first, y: top - first },
    ...{ width: right - left + first, height: bottom - top + first },
  };
}

function readFlag(element: XmlElement, name: string, place: string): boolean {
  const text = childOf(element, name)?.text ?? "";
  if (["", "0", "1", "true", "false"].includes(text.toLowerCase())) {
    return text === "1" || text.toLowerCase() === "true";
  }
  throw missing(place, name, text);
}

function missing(place: string, name: string, text: string | undefined): Error {
  const kinds: Readonly<Record<string, string>> = {
    ...{ name: "the class's name", bndbox: "xmin, ymin, xmax, ymax", difficult: "0 or 1" },
  };
  return invalidData(place, `the object has no right ${name}`, {
    expected: kinds[name] ?? "a number of pixels",
    received: text === undefined ? "none" : quote(text),
  });
}
