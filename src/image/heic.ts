/** What there is to say about HEIC pictures where nothing decodes them. */
import { MobileNetError } from "../errors.ts";

/**
 * The error for a HEIC or HEIF picture that the decoder at hand cannot read. Its format is patented, so
 * that builds of sharp and most browsers leave it out; the file itself need not be at fault.
 *
 * @param where - What does not decode it: `sharp`, `this browser`.
 */
export function heicError(where: string, cause: unknown): MobileNetError {
  return new MobileNetError("invalid-image", "HEIC/HEIF pictures are not decoded here", {
    expected: "JPEG, PNG, WebP, GIF, BMP, AVIF or TIFF",
    received: `a HEIC file, which is intact as far as its header tells, but ${where} has no decoder for it`,
    remedy:
      "Convert it to JPEG, for example with `sips -s format jpeg photo.heic --out photo.jpg` (macOS), `heif-convert photo.heic photo.jpg` or `magick photo.heic photo.jpg` (elsewhere); an iPhone takes JPEGs under Settings, Camera, Formats, Most Compatible.",
    cause,
  });
}
