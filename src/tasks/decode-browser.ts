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
  return toRgbImage(input as Exclude<typeof input, Uint8Array | ArrayBuffer | Blob>, options);
}
