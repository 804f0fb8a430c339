/**
 * Results painted on a canvas's 2D context: of a page, of a worker, or of a package for Node. In Node,
 * `drawDetections` and `drawSegmentation` make files of them.
 */
import {
  anyObject,
  checkFields,
  checkItems,
  checkSettings,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  plainText,
  truthValue,
  wholeFrom,
} from "../../check-fields.ts";
import { MobileNetError } from "../../errors.ts";
import { fieldsOf, shownLength, wrongArgument } from "../../wrong-argument.ts";
import { boxKind } from "../check-box.ts";
import { checkRgbImage, type ImageSize, isEdge, type Rectangle, type RgbImage } from "../image.ts";
import { canvasBrush, type DrawingContext, measureOn } from "./canvas-brush.ts";
import type { Drawing } from "./drawing.ts";
import { drawingScale } from "./geometry.ts";
import { layOutClasses } from "./lay-out-classes.ts";
import { type DrawableDetection, layOutDetections } from "./lay-out-detections.ts";
import { mapOnPicture } from "./map-on-picture.ts";
import { type OverlayMap, overlayRows } from "./overlay.ts";
import { paintMarks } from "./paint.ts";

/** How results are drawn, on a canvas or into a file. */
export interface DrawingStyle {
  /**
   * How many times its size the picture is drawn, a whole number from 1 to 16. Default: 1, and more for
   * pictures that are too small to write on (64 × 64 is drawn seven times as large).
   */
  readonly scale?: number | undefined;
  /**
   * Whether a legend may make the drawing larger than the picture, where labels have no room or would
   * hide what they are about. Without one, labels that have no room are left out. More than 300 objects
   * have frames alone, and the legend names the colours of at most 300 classes. Default: true.
   */
  readonly legend?: boolean | undefined;
}

/** How results are painted on a canvas. */
export interface PaintStyle extends DrawingStyle {
  /**
   * The picture itself: pixels, or anything that `drawImage` takes. Without it the marks alone are
   * painted on a transparent ground, to lie over a picture or a video; `legend` is then false unless given.
   */
  readonly picture?: object | undefined;
  /** The font's family, as CSS has it. Default: "sans-serif". */
  readonly fontFamily?: string | undefined;
}

/** How a class map is painted. */
export interface SegmentationPaintStyle extends PaintStyle {
  /** How much of a class's colour covers the picture, 0 to 1. Default: 0.5. */
  readonly opacity?: number | undefined;
}

/** Objects and the size of their picture, as `detect` gives them. */
export interface FoundObjects extends ImageSize {
  readonly detections: readonly DrawableDetection[];
}

/** A class map, as `segment` gives it. */
export interface ClassifiedPixels extends ImageSize {
  readonly classMap: Uint8Array;
  readonly classes: readonly { readonly label: string; readonly index: number }[];
  /** The part of the picture that the map covers, in the picture's pixels; all of it where absent. */
  readonly area?: Rectangle | undefined;
}

/** The size of what was painted, in pixels of the canvas. */
export interface PaintedSize extends ImageSize {
  /** The canvas's pixels for each of the picture's. */
  readonly scale: number;
}

export const detectionKinds: Kinds<DrawableDetection> = {
  label: needed(plainText),
  index: needed(wholeFrom(0)),
  score: needed(numberFrom(0, 1)),
  box: needed(boxKind),
};
export const drawingKinds: Kinds<DrawingStyle> = { scale: wholeFrom(1, 16), legend: truthValue };
const paintKinds: Kinds<PaintStyle> = {
  ...drawingKinds,
  picture: anyObject,
  fontFamily: plainText,
};
export const opacityKind: Kind = numberFrom(0, 1);

/**
 * Paints found objects: frames in colours that differ where they touch, and plates with labels, or with
 * numbers and a legend where labels have no room. The canvas is given the drawing's size.
 *
 * @param context - A 2D context of a canvas, which is painted anew.
 * @param found - What `detect` gave for the picture.
 * @throws MobileNetError `invalid-argument`.
 *
 * @example
 * ```ts
 * const context = createCanvas(1, 1).getContext("2d"); // on a page: that of its canvas
 * const box = { x: 8, y: 8, width: 400, height: 300 };
 * const detections = [{ label: "cat", index: 16, score: 0.9, box }];
 * const painted = paintDetections(context, { width: 640, height: 480, detections });
 * [painted.width, context.canvas.height]; // [640, 480]
 * ```
 */
export function paintDetections(
  context: DrawingContext,
  found: FoundObjects,
  style: PaintStyle = {},
): PaintedSize {
  checkContext(context, "paintDetections");
  checkSize(found, "paintDetections");
  checkItems(found.detections, detectionKinds, "paintDetections");
  checkSettings(style, paintKinds, "paintDetections");
  const { fontFamily = "sans-serif" } = style;
  const measure = measureOn(context, fontFamily);
  const drawing = layOutDetections(found, found.detections, { measure, ...settled(found, style) });
  startCanvas(context, drawing, { picture: style.picture, size: found });
  paintMarks(canvasBrush(context, fontFamily), drawing);
  return sizeOf(drawing);
}

/**
 * Paints a class map: each class in a colour of its own over its pixels, borders at full strength, and a
 * legend in a corner that has no class, or beside the picture. Class 0 stays as it is where
 * its label says that it is the background (`background`, `void`, `unlabeled` …) or nothing.
 *
 * @param context - A 2D context of a canvas, which is painted anew.
 * @param segmentation - What `segment` gave for the picture.
 * @throws MobileNetError `invalid-argument`.
 *
 * @example
 * ```ts
 * const context = createCanvas(1, 1).getContext("2d"); // on a page: that of its canvas
 * const classMap = new Uint8Array(300 * 200).fill(15, 0, 300 * 100);
 * const segmentation = { width: 300, height: 200, classMap, classes: [{ label: "person", index: 15 }] };
 * paintSegmentation(context, segmentation, { opacity: 0.4 }).width; // 300
 * ```
 */
export function paintSegmentation(
  context: DrawingContext,
  segmentation: ClassifiedPixels,
  style: SegmentationPaintStyle = {},
): PaintedSize {
  checkContext(context, "paintSegmentation");
  checkClassified(segmentation, "paintSegmentation");
  checkSettings(style, { ...paintKinds, opacity: opacityKind }, "paintSegmentation");
  const { fontFamily = "sans-serif", opacity = 0.5 } = style;
  const measure = measureOn(context, fontFamily);
  const size = pictureOf(segmentation, style.picture);
  const labels = labelsOf(segmentation);
  const map = { ...mapOnPicture(segmentation, size, labels), labels };
  const { drawing, colors } = layOutClasses(map, { measure, ...settled(map, style) });
  const { scale, line } = drawing;
  const overlay = { ...map, colors, opacity, line, scale };
  startCanvas(context, drawing, { picture: style.picture, size, overlay });
  paintMarks(canvasBrush(context, fontFamily), drawing);
  return sizeOf(drawing);
}

/** The size that the map belongs to: the picture's, or its own where it covers all of it. */
function pictureOf({ width, height, area }: ClassifiedPixels, picture: unknown): ImageSize {
  if (area === undefined) return { width, height };
  const fields = fieldsOf(picture);
  const [across, down] = [
    fields["naturalWidth"] ?? fields["videoWidth"] ?? fields["displayWidth"] ?? fields["width"],
    fields["naturalHeight"] ?? fields["videoHeight"] ?? fields["displayHeight"] ?? fields["height"],
  ];
  if (isEdge(across) && isEdge(down)) return { width: across, height: down };
  return { width: Math.ceil(area.x + area.width), height: Math.ceil(area.y + area.height) };
}

/** Names by index. */
export function labelsOf({ classes }: Pick<ClassifiedPixels, "classes">): readonly string[] {
  const labels: string[] = [];
  for (const { index, label } of classes) labels[index] = label;
  return labels;
}

/** The style with its defaults. */
export function settled(
  size: ImageSize,
  { scale = drawingScale(size), legend, ...rest }: DrawingStyle & { readonly picture?: unknown },
): { readonly scale: number; readonly legend: boolean } {
  const alone = "picture" in rest || "fontFamily" in rest ? rest.picture === undefined : false;
  return { scale, legend: legend ?? !alone };
}

/** What lies under the marks. */
interface Ground {
  readonly picture: object | undefined;
  readonly size: ImageSize;
  readonly overlay?: OverlayMap;
}

/** Gives a canvas the drawing's size, the picture and the classes over it. */
function startCanvas(
  context: DrawingContext,
  { width, height, scale }: Drawing,
  { picture, size, overlay }: Ground,
): void {
  context.canvas.width = width;
  context.canvas.height = height;
  context.clearRect(0, 0, width, height);
  const pixels = fieldsOf(picture)["data"] instanceof Uint8Array;
  if (pixels) {
    putPicture(context, picture as RgbImage, { scale, overlay });
    return;
  }
  if (picture !== undefined) {
    context.imageSmoothingEnabled = true;
    context.drawImage(picture as never, 0, 0, size.width * scale, size.height * scale);
  }
  if (overlay !== undefined) overlayCanvas(context, overlay);
}

/** Rows that are held as RGBA at a time. */
const strip = 128;

/** Puts an RGB picture on a canvas, each pixel `scale × scale` times. */
export function putPicture(
  context: DrawingContext,
  image: RgbImage,
  { scale, overlay }: { readonly scale: number; readonly overlay?: OverlayMap | undefined },
): void {
  checkRgbImage(image);
  const { width, height, data } = image;
  for (let top = 0; top < height * scale; top += strip) {
    const rows = Math.min(strip, height * scale - top);
    const pixels = context.createImageData(width * scale, rows);
    const rgba = pixels.data;
    for (let row = 0, to = 0; row < rows; row++) {
      const from = Math.floor((top + row) / scale) * width;
      for (let x = 0; x < width * scale; x++, to += 4) {
        const at = (from + (scale === 1 ? x : Math.floor(x / scale))) * 3;
        rgba[to] = data[at]!;
        rgba[to + 1] = data[at + 1]!;
        rgba[to + 2] = data[at + 2]!;
        rgba[to + 3] = 255;
      }
    }
    const across = width * scale;
    if (overlay !== undefined) {
      overlayRows({ data: rgba, channels: 4, first: top, rows, across }, overlay);
    }
    context.putImageData(pixels as never, 0, top);
  }
}

/** Lays classes over what a canvas shows. */
function overlayCanvas(context: DrawingContext, map: OverlayMap): void {
  const [width, height] = [map.width * map.scale, map.height * map.scale];
  for (let top = 0; top < height; top += strip) {
    const rows = Math.min(strip, height - top);
    const pixels = context.getImageData(0, top, width, rows);
    overlayRows({ data: pixels.data, channels: 4, first: top, rows, across: width }, map);
    context.putImageData(pixels as never, 0, top);
  }
}

function sizeOf({ width, height, scale }: Drawing): PaintedSize {
  return { width, height, scale };
}

function checkContext(context: unknown, call: string): void {
  const { fillRect, canvas } = fieldsOf(context);
  if (typeof fillRect === "function" && typeof canvas === "object") return;
  throw wrongArgument(call, 'a canvas\'s 2D context, as getContext("2d") gives', context);
}

function checkSize(given: ImageSize, call: string): void {
  const { width, height } = fieldsOf(given);
  if (isEdge(width) && isEdge(height)) return;
  throw wrongArgument(call, "a result with its picture's width and height", given);
}

/** Refuses what is no class map of its size. */
export function checkClassified(given: ClassifiedPixels, call: string): void {
  checkSize(given, call);
  const { width, height, classMap, classes } = given;
  if (!(classMap instanceof Uint8Array)) {
    throw wrongArgument(call, "a class map as a Uint8Array", classMap);
  }
  checkItems(classes, { label: needed(plainText), index: needed(wholeFrom(0, 255)) }, call);
  checkFields(given, { area: boxKind }, call);
  if (classMap.length === width * height) return;
  throw new MobileNetError("invalid-argument", "the class map has another size", {
    expected: `${width * height} classes for ${width} x ${height} pixels`,
    received: shownLength(classMap),
  });
}
