/** Whatever a task takes for a picture in a page or a worker, as pixels. */
import { decodeImage, toRgbImage } from "../image/decode-browser.ts";
import type { RgbImage } from "../image/image.ts";
import {
  type DecodeRequest,
  decodeOptions,
  encodedBytes,
  type ImageInput,
  noPicture,
} from "./platform.ts";

/** A picture's pixels. */
export async function decode(input: ImageInput, request: DecodeRequest): Promise<RgbImage> {
  const options = decodeOptions(request);
  const bytes = await encodedBytes(input);
  if (bytes !== undefined) return decodeImage(bytes, options);
  if (
    typeof input !== "object" ||
    input === null ||
    !("width" in input || "videoWidth" in input || "displayWidth" in input)
  ) {
    throw noPicture(input, "a picture's bytes or pixels, or something that a canvas can draw");
  }
  if ("naturalWidth" in input && input.naturalWidth > 0 && options.least !== undefined) {
    // As a worker is sent it: drawn smaller as it stands, an image is shrunk in one coarse step.
    const bitmap = await createImageBitmap(input).catch(() => undefined);
    try {
      if (bitmap !== undefined) return toRgbImage(bitmap, options);
    } finally {
      bitmap?.close();
    }
  }
  return toRgbImage(input as Exclude<typeof input, Uint8Array | ArrayBuffer | Blob>, options);
}
