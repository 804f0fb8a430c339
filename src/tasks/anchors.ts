/**
 * The anchors of an SSD (section 6.2 of the paper), as the Object Detection API's
 * `ssd_anchor_generator` lays them out. Every cell of every feature map proposes the same few
 * boxes around its own centre; the network then says how each box must move and stretch. Anchors
 * depend on the settings alone, so they are made once per model.
 */
import { MobileNetError } from "../errors.ts";
import { isEdge } from "../image/image.ts";
import type { AnchorSettings, ListedAnchors } from "../models/model.ts";
import { isNumberIn, quote } from "../untrusted.ts";

/** The most anchors that settings may ask for: about 500 times the published detector's 1917. */
const mostAnchors = 1_000_000;

/** One box shape: height and width as fractions of the image. */
interface BoxShape {
  readonly height: number;
  readonly width: number;
}

/**
 * The anchors in the order in which the box predictor's outputs are concatenated: feature maps from
 * large to small, cells row by row, then the shapes of a cell.
 *
 * @returns `[anchors, 4]` as centre y, centre x, height, width, in fractions of the image. Anchors
 * reach past the image; they are not clipped.
 * @throws MobileNetError `invalid-argument` where a feature map or an aspect ratio is not positive.
 *
 * @example
 * ```ts
 * const anchors = generateAnchors({
 *   featureMaps: [[19, 19], [10, 10]],
 *   minScale: 0.2,
 *   maxScale: 0.95,
 *   aspectRatios: [1, 2, 0.5, 3, 0.3333],
 *   reduceBoxesInLowestLayer: true,
 * });
 * anchors.length / 4; // 1683
 * ```
 */
export function generateAnchors(settings: AnchorSettings): Float32Array {
  checkSettings(settings);
  const maps = settings.featureMaps.map(([rows, columns], level) => ({
    rows,
    columns,
    shapes: boxShapes(settings, level),
  }));
  const count = maps.reduce((sum, map) => sum + map.rows * map.columns * map.shapes.length, 0);
  if (count > mostAnchors) {
    throw new MobileNetError("invalid-argument", "too many anchors", {
      expected: `at most ${mostAnchors}`,
      received: quote(count),
    });
  }
  const anchors = new Float32Array(count * 4);
  let position = 0;
  for (const { rows, columns, shapes } of maps) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const { height, width } of shapes) {
          anchors[position++] = (row + 0.5) / rows;
          anchors[position++] = (column + 0.5) / columns;
          anchors[position++] = height;
          anchors[position++] = width;
        }
      }
    }
  }
  return anchors;
}

const knownAnchors: WeakMap<AnchorSettings, Float32Array> = /* @__PURE__ */ new WeakMap();

/** The anchors of some settings, made once; listed ones as they are. */
export function anchorsOf(settings: AnchorSettings | ListedAnchors): Float32Array {
  if ("boxes" in settings) return settings.boxes;
  const known = knownAnchors.get(settings) ?? generateAnchors(settings);
  knownAnchors.set(settings, known);
  return known;
}

/** The shapes at each cell of a level: one per aspect ratio, then a square between two scales. */
function boxShapes(settings: AnchorSettings, level: number): readonly BoxShape[] {
  const scale = scaleAt(settings, level);
  if (level === 0 && settings.reduceBoxesInLowestLayer) {
    return [boxShape(0.1, 1), boxShape(scale, 2), boxShape(scale, 0.5)];
  }
  return [
    ...settings.aspectRatios.map((ratio) => boxShape(scale, ratio)),
    boxShape(Math.sqrt(scale * scaleAt(settings, level + 1)), 1),
  ];
}

/** Scales rise linearly from the first feature map to the last; past the last stands 1. */
function scaleAt({ featureMaps, minScale, maxScale }: AnchorSettings, level: number): number {
  const last = featureMaps.length - 1;
  if (level > last) return 1;
  return last === 0 ? minScale : minScale + ((maxScale - minScale) * level) / last;
}

/** The box of area `scale²` whose width is `ratio` times its height. */
function boxShape(scale: number, ratio: number): BoxShape {
  return { height: scale / Math.sqrt(ratio), width: scale * Math.sqrt(ratio) };
}

function checkSettings(settings: AnchorSettings): void {
  for (const list of ["featureMaps", "aspectRatios"] as const) {
    if (Array.isArray(settings[list])) continue;
    throw new MobileNetError("invalid-argument", `bad ${list}`, {
      expected: "a list",
      received: quote(settings[list]),
    });
  }
  for (const map of settings.featureMaps) {
    const [rows, columns] = Array.isArray(map) ? (map as readonly unknown[]) : [];
    if (!isEdge(rows) || !isEdge(columns)) {
      throw new MobileNetError("invalid-argument", "bad feature map", {
        expected: "positive whole rows and columns",
        received: `${quote(rows)}×${quote(columns)}`,
      });
    }
  }
  for (const ratio of settings.aspectRatios) {
    if (!isNumberIn(ratio, Number.MIN_VALUE, Number.MAX_VALUE)) {
      throw new MobileNetError("invalid-argument", "bad aspect ratio", {
        expected: "a number above 0",
        received: quote(ratio),
      });
    }
  }
}
