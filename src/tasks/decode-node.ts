/** Whatever a task takes for a picture in Node, as pixels. */
import { pixelsToRgb } from "../image/decode.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { RgbImage } from "../image/image.ts";
import {
  type DecodeRequest,
  decodeOptions,
  encodedBytes,
  type ImageInput,
  isPixels,
  noPicture,
} from "./platform.ts";

/** A picture's pixels; what only a page has is refused. */
export async function decode(input: ImageInput, request: DecodeRequest): Promise<RgbImage> {
  const options = decodeOptions(request);
  const bytes = await encodedBytes(input);
  if (bytes !== undefined) return decodeImage(bytes, options);
  if (isPixels(input)) return pixelsToRgb(input, options);
  throw noPicture(input, "a picture file's bytes, or pixels { width, height, data }");
}
