/** Found objects drawn on their picture: frames in the colours of their classes, and plates with labels. */
import {
  checkItems,
  type Kinds,
  needed,
  numberFrom,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import { encodeCanvas, type PictureCanvas, pictureCanvas } from "./canvas-node.ts";
import { boxKind } from "./check-box.ts";
import { css, type FittedText, fitText, oneLine } from "./draw-text-node.ts";
import { type Color, checkRgbImage, type Rectangle, type RgbImage } from "./image.ts";
import { clipBox, type MarkSizes, markSizes, placePlate } from "./label-layout.ts";
import { classColor, inkOn } from "./palette.ts";

/** A found object: what it is, how sure that is, and where, in picture pixels. */
export interface DrawableDetection {
  readonly label: string;
  /** The class, which chooses the colour. */
  readonly index: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Rectangle;
}

const detectionKinds: Kinds<DrawableDetection> = {
  label: needed(plainText),
  index: needed(wholeFrom(0)),
  score: needed(numberFrom(0, 1)),
  box: needed(boxKind),
};

/** Draws boxes and labelled plates, the surest on top. */
export async function paintDetections(
  image: RgbImage,
  detections: readonly DrawableDetection[],
): Promise<Uint8Array> {
  checkRgbImage(image);
  checkItems(detections, detectionKinds, "drawDetections");
  const page = await pictureCanvas(image);
  const sizes = markSizes(image.width, image.height);
  const visible = detections
    .map((detection) => ({ ...detection, box: clipBox(detection.box, image) }))
    .filter((detection) => detection.box !== undefined)
    .sort((a, b) => a.score - b.score);
  for (const { box, index } of visible) drawBox(page, box!, { color: classColor(index), sizes });
  const taken: Rectangle[] = [];
  for (const { box, index, label, score } of visible.reverse()) {
    const text = `${oneLine(label)} ${Math.round(score * 100)}%`;
    const fitted = fitText(page, text, { width: image.width, sizes });
    if (fitted === undefined) continue;
    const plate = { width: fitted.width, height: fitted.font + 2 * sizes.padding };
    const place = placePlate({ box: box!, plate, picture: image, taken });
    if (place === undefined) continue;
    taken.push(place);
    drawPlate(page, place, { text: fitted, color: classColor(index), sizes });
  }
  return encodeCanvas(page);
}

/** A coloured frame on a dark one, so that it shows on any ground. */
function drawBox(
  { context }: PictureCanvas,
  box: Rectangle,
  { color, sizes }: { readonly color: Color; readonly sizes: MarkSizes },
): void {
  const { line } = sizes;
  const inset = line / 2;
  const frame = [
    box.x + inset,
    box.y + inset,
    Math.max(0, box.width - line),
    Math.max(0, box.height - line),
  ] as const;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(0, 0, 0, 0.6)";
  context.lineWidth = line + 2;
  context.strokeRect(...frame);
  context.strokeStyle = css(color);
  context.lineWidth = line;
  context.strokeRect(...frame);
}

function drawPlate(
  { context, fontFamily }: PictureCanvas,
  place: Rectangle,
  {
    text,
    color,
    sizes,
  }: { readonly text: FittedText; readonly color: Color; readonly sizes: MarkSizes },
): void {
  context.fillStyle = css(color);
  context.fillRect(place.x, place.y, place.width, place.height);
  context.strokeStyle = "rgba(0, 0, 0, 0.6)";
  context.lineWidth = 1;
  context.strokeRect(place.x + 0.5, place.y + 0.5, place.width - 1, place.height - 1);
  context.fillStyle = css(inkOn(color));
  context.font = `${text.font}px ${fontFamily}`;
  context.fillText(text.text, place.x + sizes.padding, place.y + place.height / 2);
}
