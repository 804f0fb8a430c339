/**
 * A class map drawn over its picture in PASCAL VOC's colours, with a legend where it hides the least.
 */
import {
  checkSettings,
  itemsOf,
  type Kinds,
  needed,
  numberFrom,
  plainText,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { wrongArgument } from "../wrong-argument.ts";
import { encodeCanvas, type PictureCanvas, pictureCanvas } from "./canvas-node.ts";
import { css, fitText, oneLine } from "./draw-text-node.ts";
import { type Color, checkRgbImage, type Rectangle, type RgbImage } from "./image.ts";
import { cornerPlaces, markSizes } from "./label-layout.ts";
import { vocColor } from "./palette.ts";

/** How a class map is drawn. */
export interface SegmentationStyle {
  /** The name of each class, by index. */
  readonly labels: readonly string[];
  /** How much of the class's colour covers the picture, 0 to 1; 0.55 unless given. */
  readonly opacity?: number | undefined;
}

const styleKinds: Kinds<SegmentationStyle> = {
  labels: needed(itemsOf(plainText, "a list of texts")),
  opacity: numberFrom(0, 1),
};

/** Lays each class's colour over its pixels, with a legend. */
export async function paintSegmentation(
  image: RgbImage,
  classMap: Uint8Array,
  style: SegmentationStyle,
): Promise<Uint8Array> {
  checkRgbImage(image);
  if (!(classMap instanceof Uint8Array)) {
    throw wrongArgument("drawSegmentation", "a class map as a Uint8Array", classMap);
  }
  checkSettings(style, styleKinds, "drawSegmentation");
  const { labels, opacity = 0.55 } = style;
  const { width, height } = image;
  if (classMap.length !== width * height) {
    throw new MobileNetError("invalid-argument", "the class map has another size", {
      expected: `${width * height} classes for ${width} x ${height} pixels`,
      received: `${classMap.length}`,
    });
  }
  const page = await pictureCanvas(overlay(image, classMap, opacity));
  const counts = new Uint32Array(256);
  for (const index of classMap) counts[index]! += 1;
  const entries = Array.from(counts, (count, index) => ({ index, share: count / classMap.length }))
    .filter(({ index, share }) => index > 0 && share > 0)
    .sort((a, b) => b.share - a.share)
    .map(({ index, share }) => ({
      color: vocColor(index),
      text: `${oneLine(labels[index] ?? `class ${index}`)} ${formatShare(share)} of picture`,
    }));
  drawLegend(page, entries, { image, classMap });
  return encodeCanvas(page);
}

/** The picture with class colours mixed in; pixels that border on another class get all of it. */
function overlay(image: RgbImage, classMap: Uint8Array, opacity: number): RgbImage {
  const { width, height } = image;
  const data = image.data.slice();
  const colors = Array.from({ length: 256 }, (_, index) => vocColor(index));
  for (let i = 0; i < classMap.length; i++) {
    const index = classMap[i]!;
    if (index === 0) continue;
    const x = i % width;
    const border =
      (x > 0 && classMap[i - 1] !== index) ||
      (x < width - 1 && classMap[i + 1] !== index) ||
      (i >= width && classMap[i - width] !== index) ||
      (i + width < classMap.length && classMap[i + width] !== index);
    const amount = border ? 1 : opacity;
    const color = colors[index]!;
    for (let c = 0; c < 3; c++) {
      data[i * 3 + c] = Math.round(data[i * 3 + c]! * (1 - amount) + color[c]! * amount);
    }
  }
  return { width, height, data };
}

/** A dark plate in the corner that hides the least of the classes, a swatch and a name a line. */
function drawLegend(
  page: PictureCanvas,
  entries: readonly { readonly color: Color; readonly text: string }[],
  picture: { readonly image: RgbImage; readonly classMap: Uint8Array },
): void {
  const { context, fontFamily } = page;
  const { image, classMap } = picture;
  const sizes = markSizes(image.width, image.height);
  const lineHeight = Math.round(sizes.font * 1.5);
  const swatch = sizes.font + sizes.padding;
  const room = { width: image.width - swatch - 2 * sizes.padding, sizes };
  const lines = entries
    .slice(0, Math.floor((image.height - 2 * sizes.padding) / lineHeight))
    .map(({ color, text }) => ({ color, fitted: fitText(page, text, room) }))
    .filter((line) => line.fitted !== undefined);
  if (lines.length === 0) return;
  const size = {
    width: swatch + 2 * sizes.padding + Math.max(...lines.map((line) => line.fitted!.width)),
    height: lines.length * lineHeight + 2 * sizes.padding,
  };
  const places = cornerPlaces(size, image, sizes.font);
  const hidden = places.map((place) => countClasses(classMap, image.width, place));
  const place = places[hidden.indexOf(Math.min(...hidden))]!;
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.fillRect(place.x, place.y, place.width, place.height);
  lines.forEach(({ color, fitted }, i) => {
    const middle = place.y + sizes.padding + (i + 0.5) * lineHeight;
    const left = place.x + 2 * sizes.padding;
    context.fillStyle = css(color);
    context.fillRect(left, middle - sizes.font / 2, sizes.font, sizes.font);
    context.strokeStyle = "rgba(255, 255, 255, 0.8)";
    context.lineWidth = 1;
    context.strokeRect(left, middle - sizes.font / 2, sizes.font, sizes.font);
    context.fillStyle = "white";
    context.font = `${fitted!.font}px ${fontFamily}`;
    context.fillText(fitted!.text, left + swatch, middle);
  });
}

/** Pixels inside a rectangle that belong to a class other than the background. */
function countClasses(classMap: Uint8Array, width: number, place: Rectangle): number {
  let count = 0;
  for (let y = place.y; y < place.y + place.height; y++) {
    for (let x = place.x; x < place.x + place.width; x++) {
      if (classMap[y * width + x] !== 0) count++;
    }
  }
  return count;
}

function formatShare(share: number): string {
  return share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
}
