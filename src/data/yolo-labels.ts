/**
 * YOLO's labels: a text file for each picture, a line for each object. Numbers are shares of the picture's
 * edges: the class's index, then the box's centre, width and height, or the corners of a polygon.
 */
import type { Rectangle } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { type OnBadAnnotation, stopAtBad } from "./bad-annotations.ts";
import { boxAround } from "./box-in-picture.ts";
import { invalidData } from "./data-error.ts";
import { linesOf } from "./lines.ts";
import type { NotedObject } from "./noted.ts";

/** Shares that are believed: tools write boxes that reach out of the picture, not far from it. */
const [least, most] = [-1, 2] as const;

/** Corners are drawn in the picture; the 2 of a key point that is seen is none. */
const mostCorner = 1.5;

/**
 * Reads a file of labels.
 *
 * @param node - The file's name, for messages.
 * @param bad - Told lines that are wrong. By default the first is thrown.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * const [box, polygon] = parseYoloLabels("0 0.5 0.5 0.2 0.4\n1 0 0 0.5 0 0.5 0.25\n", "a.txt");
 * [box.class, box.box.width, polygon.box.height]; // [0, 0.2, 0.25]
 * ```
 */
export function parseYoloLabels(
  text: string,
  node: string,
  bad: OnBadAnnotation = stopAtBad,
): readonly NotedObject[] {
  const objects: NotedObject[] = [];
  for (const [line, number] of linesOf(text)) {
    const place = `${node}, line ${number}`;
    try {
      objects.push(readLine(line, place));
    } catch (error) {
      bad(error, "object");
    }
  }
  return objects;
}

function readLine(line: string, place: string): NotedObject {
  const [first = "", ...others] = line.split(/\s+/);
  if (!/^\d{1,9}$/.test(first)) throw wrong(place, "the class's index first", line);
  const numbers = others.map((text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrong(place, "shares of the picture's edges, from 0 to 1", line);
  });
  const isPolygon = numbers.length >= 6 && numbers.length % 2 === 0;
  if (isPolygon && numbers.some((value) => value > mostCorner)) {
    throw wrong(place, "x and y of corners from 0 to 1, no key points", line);
  }
  if (numbers.length !== 4 && !isPolygon) {
    throw wrong(
      place,
      "class, centre x and y, width and height, or class and x, y of corners",
      line,
    );
  }
  const box = isPolygon ? aroundCorners(numbers) : aroundCentre(numbers);
  return { place, class: Number(first), box, relative: true, crowd: false, difficult: false };
}

function aroundCentre(numbers: readonly number[]): Rectangle {
  const [x, y, width, height] = numbers as readonly [number, number, number, number];
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** The box around the corners of a polygon. */
function aroundCorners(numbers: readonly number[]): Rectangle {
  const corners = Array.from(
    { length: numbers.length / 2 },
    (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const,
  );
  return boxAround(corners);
}

function wrong(place: string, expected: string, line: string): Error {
  return invalidData(place, "the line is no label", { expected, received: quote(line) });
}
