/** Pictures as files of the kinds that drawings and cut-outs are written in. */
import { type Kinds, oneOf, wholeFrom } from "../check-fields.ts";
import { loadSharp } from "../disk/packages-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { ImageSize, RgbImage } from "./image.ts";
import { encodePng } from "./png-node.ts";
import { sharpFor } from "./sharp-node.ts";

/** What kind of file a picture becomes. */
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

/** The longest edges that a format's files, or their encoder, can have. */
const longestEdge = { webp: 16_383, jpeg: 65_500 } as const;

/**
 * A picture's file.
 *
 * @throws MobileNetError `invalid-image` where the format cannot have so many pixels;
 *   `missing-dependency` without sharp, but for PNG.
 */
export async function encodePicture(
  image: RgbImage,
  { format = "png", quality = 90 }: FileStyle,
): Promise<Uint8Array> {
  const { width, height, data } = image;
  checkEdges(image, format);
  const sharp =
    format === "png"
      ? await loadSharp().catch(() => undefined)
      : await sharpFor(`${format} files are written`, " (or choose png).");
  if (sharp === undefined) return await encodePng(image);
  const raw = { width, height, channels: 3 } as const;
  const picture = sharp(data, { raw, limitInputPixels: false });
  const file =
    format === "png"
      ? picture.png({ compressionLevel: 6, adaptiveFiltering: true })
      : picture.toFormat(format, { quality });
  try {
    return new Uint8Array(await file.toBuffer());
  } catch (cause) {
    throw tooLarge(image, `a size that ${format} can have`, cause);
  }
}

function checkEdges({ width, height }: ImageSize, format: PictureFormat): void {
  if (format === "png" || Math.max(width, height) <= longestEdge[format]) return;
  throw new MobileNetError("invalid-image", `the drawing is too large for ${format}`, {
    expected: `edges of at most ${longestEdge[format]} pixels`,
    received: `${width} x ${height}`,
    remedy: "Choose png, or scale the picture down first.",
  });
}

/** The error of a picture that no memory or file can hold. */
export function tooLarge(
  { width, height }: ImageSize,
  expected: string,
  cause?: unknown,
): MobileNetError {
  return new MobileNetError("invalid-image", "the picture is too large to draw on", {
    expected,
    received: `${width} x ${height}${cause === undefined ? "" : `: ${describeError(cause)}`}`,
    remedy: "Scale the picture down first.",
    cause,
  });
}
