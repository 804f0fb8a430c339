/**
 * A canvas to draw on in Node, and a font to write with. The font comes from an npm package, since a
 * server may have none; it is registered under a name of our own at the first drawing.
 */
import type { Canvas, SKRSContext2D } from "@napi-rs/canvas";
import { type Kinds, oneOf, wholeFrom } from "../check-fields.ts";
import { explainFileLimit } from "../disk/file-error-node.ts";
import {
  type CanvasModule,
  loadCanvas,
  loadSharp,
  packageFile,
  whyAbsent,
} from "../disk/packages-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { ImageSize } from "./image.ts";

/** A canvas to draw on. */
export interface PictureCanvas {
  readonly canvas: Canvas;
  readonly context: SKRSContext2D;
  /** For `context.font`, after the size. */
  readonly fontFamily: string;
}

const fontName = "MobileNetV2 Labels";
/** What is read of a font: a hundred times as much as this one has. */
const fontLimit = { most: 10_000_000, code: "io" } as const;
const fontFile = "@fontsource/b612/files/b612-latin-700-normal.woff";

/** How a canvas becomes a file. */
export interface FileStyle {
  /** What kind of file. Default: `png`, every pixel as it is. */
  readonly format?: PictureFormat | undefined;
  /** Of JPEG and WebP, 1 to 100. Default: 90. */
  readonly quality?: number | undefined;
}

/** The kinds of files that are written. */
export type PictureFormat = "png" | "jpeg" | "webp";

export const fileKinds: Kinds<FileStyle> = {
  format: oneOf("png", "jpeg", "webp"),
  quality: wholeFrom(1, 100),
};

/** A canvas of no size yet, and the font that there is. */
export async function newCanvas(): Promise<PictureCanvas> {
  const library = await canvasHere();
  const fontFamily = await loadFont(library);
  const canvas = library.createCanvas(1, 1);
  return { canvas, context: canvas.getContext("2d"), fontFamily };
}

/**
 * What has been drawn, as a file's bytes.
 *
 * @throws MobileNetError `invalid-image` where the format cannot have so many pixels.
 */
export async function encodeCanvas(
  { canvas, context }: PictureCanvas,
  { format = "png", quality = 90 }: FileStyle = {},
): Promise<Uint8Array> {
  checkEdges(canvas, format);
  try {
    if (format !== "png") return new Uint8Array(await canvas.encode(format, quality));
    const large = canvas.width * canvas.height > slowPixels;
    const quick = large ? await encodeBySharp(canvas, context) : undefined;
    return quick ?? new Uint8Array(await canvas.encode("png"));
  } catch (cause) {
    throw tooLarge(canvas, `a size that ${format} can have`, cause);
  }
}

/** The longest edges that a format's files, or their encoder, can have. */
const longestEdge = { webp: 16_383, jpeg: 65_500 } as const;

function checkEdges({ width, height }: ImageSize, format: PictureFormat): void {
  if (format === "png" || Math.max(width, height) <= longestEdge[format]) return;
  throw new MobileNetError("invalid-image", `the drawing is too large for ${format}`, {
    expected: `edges of at most ${longestEdge[format]} pixels`,
    received: `${width} x ${height}`,
    remedy: "Choose png, or scale the picture down first.",
  });
}

/** From so many pixels on the canvas's own encoder of PNGs takes longer than loading another. */
const slowPixels = 1_000_000;

/** A PNG in a third of the time; undefined without sharp, or where the canvas's bytes lie otherwise. */
async function encodeBySharp(
  canvas: Canvas,
  context: SKRSContext2D,
): Promise<Uint8Array | undefined> {
  const sharp = await loadSharp().catch(() => undefined);
  if (sharp === undefined) return undefined;
  const { width, height } = canvas;
  const rgba = canvas.data();
  const first = context.getImageData(0, 0, 1, 1).data;
  if (rgba.length !== width * height * 4 || !first.every((value, i) => value === rgba[i])) {
    return undefined;
  }
  const raw = { width, height, channels: 4 } as const;
  const opaque = sharp(rgba, { raw, limitInputPixels: false }).removeAlpha();
  const png = opaque.png({ compressionLevel: 6, adaptiveFiltering: true });
  return new Uint8Array(await png.toBuffer());
}

/** The error of a picture that no canvas or file can hold. */
export function tooLarge(
  { width, height }: ImageSize,
  expected: string,
  cause: unknown,
): MobileNetError {
  return new MobileNetError("invalid-image", "the picture is too large to draw on", {
    expected,
    received: `${width} x ${height}: ${describeError(cause)}`,
    remedy: "Scale the picture down first.",
    cause,
  });
}

async function canvasHere(): Promise<CanvasModule> {
  try {
    return await loadCanvas();
  } catch (cause) {
    const limited = explainFileLimit(cause);
    if (limited !== cause) throw limited;
    throw new MobileNetError("missing-dependency", "pictures are drawn with @napi-rs/canvas", {
      expected: "the package @napi-rs/canvas",
      received: whyAbsent(cause),
      remedy: "Install it with: npm install @napi-rs/canvas",
      cause,
    });
  }
}

/** Our own font with the system's behind it, for characters beyond Latin. */
async function loadFont({ GlobalFonts }: CanvasModule): Promise<string> {
  if (!GlobalFonts.has(fontName)) {
    try {
      const font = Buffer.from(await readBytes(packageFile(fontFile), fontLimit));
      GlobalFonts.register(font, fontName);
    } catch (cause) {
      if (GlobalFonts.families.length > 0) return "sans-serif";
      throw new MobileNetError("missing-dependency", "there is no font to write labels with", {
        expected: "the package @fontsource/b612 or any system font",
        received: whyAbsent(cause),
        remedy: "Install it with: npm install @fontsource/b612",
        cause,
      });
    }
  }
  return `"${fontName}", sans-serif`;
}
