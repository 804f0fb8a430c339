/**
 * A canvas to draw on in Node, and a font to write with. The font comes from an npm package, since a
 * server may have none; it is registered under a name of our own at the first drawing.
 */
import { createRequire } from "node:module";
import type { Canvas, SKRSContext2D } from "@napi-rs/canvas";
import { explainFileLimit } from "../disk/file-error-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { checkRgbImage, type RgbImage } from "./image.ts";

type CanvasModule = typeof import("@napi-rs/canvas");

/** A canvas that shows a picture, ready to draw on. */
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

/**
 * Puts a picture on a new canvas.
 *
 * @throws MobileNetError `missing-dependency` without `@napi-rs/canvas`, or with neither the font
 *   package nor any system font; `invalid-image` for a malformed picture or one too large for a canvas.
 */
export async function pictureCanvas(image: RgbImage): Promise<PictureCanvas> {
  checkRgbImage(image);
  const library = await loadCanvas();
  const fontFamily = await loadFont(library);
  const { width, height, data } = image;
  try {
    const canvas = library.createCanvas(width, height);
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
      pixels.data[to] = data[from]!;
      pixels.data[to + 1] = data[from + 1]!;
      pixels.data[to + 2] = data[from + 2]!;
      pixels.data[to + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    context.textBaseline = "middle";
    return { canvas, context, fontFamily };
  } catch (cause) {
    throw new MobileNetError("invalid-image", "the picture is too large to draw on", {
      expected: "a size that a canvas can have",
      received: `${width} x ${height}: ${describeError(cause)}`,
      remedy: "Scale the picture down first.",
      cause,
    });
  }
}

/** What has been drawn, as a PNG file's bytes. */
export async function encodeCanvas({ canvas }: PictureCanvas): Promise<Uint8Array> {
  return new Uint8Array(await canvas.encode("png"));
}

async function loadCanvas(): Promise<CanvasModule> {
  try {
    return await import("@napi-rs/canvas");
  } catch (cause) {
    const limited = explainFileLimit(cause);
    if (limited !== cause) throw limited;
    throw new MobileNetError("missing-dependency", "pictures are drawn with @napi-rs/canvas", {
      expected: "the package @napi-rs/canvas",
      received: describeError(cause),
      remedy: "Install it with: npm install @napi-rs/canvas",
      cause,
    });
  }
}

/** Our own font with the system's behind it, for characters beyond Latin. */
async function loadFont({ GlobalFonts }: CanvasModule): Promise<string> {
  if (!GlobalFonts.has(fontName)) {
    try {
      const path = createRequire(import.meta.url).resolve(fontFile);
      GlobalFonts.register(Buffer.from(await readBytes(path, fontLimit)), fontName);
    } catch (cause) {
      if (GlobalFonts.families.length > 0) return "sans-serif";
      throw new MobileNetError("missing-dependency", "there is no font to write labels with", {
        expected: "the package @fontsource/b612 or any system font",
        received: describeError(cause),
        remedy: "Install it with: npm install @fontsource/b612",
        cause,
      });
    }
  }
  return `"${fontName}", sans-serif`;
}
