/** Results drawn into files: layouts and painters of `drawing/`, letters, and an encoder. */
import { checkItems, checkSettings, itemsOf, type Kinds, plainText } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { Drawing } from "./drawing/drawing.ts";
import { type DrawableClassMap, layOutClasses } from "./drawing/lay-out-classes.ts";
import { type DrawableDetection, layOutDetections } from "./drawing/lay-out-detections.ts";
import { mapOnPicture } from "./drawing/map-on-picture.ts";
import type { OverlayMap } from "./drawing/overlay.ts";
import { paintMarks } from "./drawing/paint.ts";
import {
  type ClassifiedPixels,
  checkClassified,
  type DrawingStyle,
  detectionKinds,
  drawingKinds,
  labelsOf,
  opacityKind,
  settled,
} from "./drawing/paint-results.ts";
import { pictureOn, pixelBrush, type WaitingText } from "./drawing/pixel-brush.ts";
import type { MeasureText } from "./drawing/text.ts";
import { encodePicture, type FileStyle, fileKinds, tooLarge } from "./encode-node.ts";
import { checkRgbImage, type ImageSize, type RgbImage } from "./image.ts";
import { Lettering } from "./lettering-node.ts";

/** How found objects are drawn into a file. */
export interface DetectionsStyle extends DrawingStyle, FileStyle {}

/** How a class map is drawn into a file. */
export interface SegmentationStyle extends DrawingStyle, FileStyle {
  /** The name of each class, by index; needed where the map comes without its classes. */
  readonly labels?: readonly string[] | undefined;
  /** How much of the class's colour covers the picture, 0 to 1. Default: 0.5. */
  readonly opacity?: number | undefined;
}

const fileStyleKinds: Kinds<DrawingStyle & FileStyle> = { ...drawingKinds, ...fileKinds };
const segmentationKinds: Kinds<SegmentationStyle> = {
  ...fileStyleKinds,
  labels: itemsOf(plainText, "a list of texts"),
  opacity: opacityKind,
};

/** Draws boxes and plates. */
export async function detectionsFile(
  image: RgbImage,
  detections: readonly DrawableDetection[],
  style: DetectionsStyle,
): Promise<Uint8Array> {
  checkRgbImage(image);
  checkItems(detections, detectionKinds, "drawDetections");
  checkSettings(style, fileStyleKinds, "drawDetections");
  return drawnFile(image, style, (measure) => {
    return { drawing: layOutDetections(image, detections, { measure, ...settled(image, style) }) };
  });
}

/** Draws classes and their legend. */
export async function segmentationFile(
  image: RgbImage,
  given: Uint8Array | ClassifiedPixels,
  style: SegmentationStyle,
): Promise<Uint8Array> {
  checkRgbImage(image);
  checkSettings(style, segmentationKinds, "drawSegmentation");
  const { labels, opacity = 0.5 } = style;
  const map = classesOf(given, image);
  return drawnFile(image, style, (measure) => {
    const { drawing, colors } = layOutClasses(map, { measure, ...settled(image, style) });
    const { scale, line } = drawing;
    return { drawing, overlay: { ...map, colors, opacity, line, scale } };
  });

  function classesOf(of: Uint8Array | ClassifiedPixels, size: ImageSize): DrawableClassMap {
    if (!(of instanceof Uint8Array)) {
      if (!(fieldsOf(of)["classMap"] instanceof Uint8Array)) {
        throw wrongArgument("drawSegmentation", "a class map as a Uint8Array", of);
      }
      const classes = of.classes ?? [];
      checkClassified({ ...of, classes }, "drawSegmentation");
      const names = labels ?? labelsOf({ classes });
      return { ...mapOnPicture(of, size, names), labels: names };
    }
    const { width, height } = size;
    if (labels === undefined) {
      throw new MobileNetError("invalid-argument", "bad labels", {
        node: "drawSegmentation",
        expected: "the name of each class by index, or the result of segment in place of its map",
        received: "undefined",
      });
    }
    checkClassified({ width, height, classMap: of, classes: [] }, "drawSegmentation");
    return { width, height, classMap: of, labels };
  }
}

/** What a layout comes to, and what lies between the picture and the marks. */
interface Plan {
  readonly drawing: Drawing;
  readonly overlay?: OverlayMap;
}

/** Drawings of more pixels are refused. */
const mostPixels = 2 ** 29;

async function drawnFile(
  image: RgbImage,
  style: FileStyle,
  plan: (measure: MeasureText) => Plan,
): Promise<Uint8Array> {
  const letters = await Lettering.load();
  const { drawing, overlay } = await letters.layOut(plan);
  const { width, height, scale } = drawing;
  const page = newPage();
  const texts: WaitingText[] = [];
  paintMarks(pixelBrush(page, texts), drawing);
  // Nothing lies over a text, so that all may be written at last.
  await letters.paint(page, texts);
  return await encodePicture(page, style);

  function newPage(): RgbImage {
    const most = `at most ${mostPixels} pixels`;
    if (width * height > mostPixels) throw tooLarge(drawing, most);
    try {
      return pictureOn(drawing, image, { scale, overlay });
    } catch (cause) {
      throw tooLarge(drawing, "memory for three bytes a pixel", cause);
    }
  }
}
