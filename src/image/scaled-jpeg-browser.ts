/**
 * Photographs decoded to a fraction of their size by the browser's own JPEG decoder, which `ImageDecoder`
 * (WebCodecs) reaches: a third of the time and a few per cent of the memory of decoding all pixels and
 * shrinking them. Where there is none, or it does not do as expected, nothing is lost: the picture is
 * decoded whole instead.
 */
import { copySize, type LeastSize } from "./decode.ts";
import type { ImageSize } from "./image.ts";

/** A picture that is smaller than the file's, and the file's size as it stands. */
interface ScaledFrame {
  readonly source: VideoFrame;
  readonly original: ImageSize;
}

/**
 * A frame of at least the size of the copy that will do; nothing where no copy will, or none can be had.
 *
 * @param size - As the header has it: before the file's orientation, which only the frame tells.
 */
export async function scaledJpeg(
  bytes: Uint8Array,
  size: ImageSize,
  least: LeastSize,
): Promise<ScaledFrame | undefined> {
  const turned = { width: size.height, height: size.width };
  const copies = [copySize(size, least), copySize(turned, least)] as const;
  const [upright, lying] = copies;
  if (upright === undefined || lying === undefined) return undefined;
  const share = Math.max(upright.width / size.width, lying.width / turned.width);
  // Decoders give eighths.
  const eighths = Math.ceil(share * 8);
  let decoder: ImageDecoder | undefined;
  try {
    decoder = new ImageDecoder({
      data: bytes as Uint8Array<ArrayBuffer>,
      type: "image/jpeg",
      colorSpaceConversion: "none",
      desiredWidth: Math.ceil((size.width * eighths) / 8),
      desiredHeight: Math.ceil((size.height * eighths) / 8),
    });
    const { image, complete } = await decoder.decode();
    const frame: VideoFrame & { readonly rotation?: number } = image;
    const { rotation } = frame;
    const original = rotation === 90 || rotation === 270 ? turned : size;
    const copy = original === size ? upright : lying;
    const enough = frame.displayWidth >= copy.width && frame.displayHeight >= copy.height;
    // Those that do not tell of an orientation do not apply it either.
    if (rotation !== undefined && enough && complete) return { source: frame, original };
    frame.close();
  } catch {
    // The usual way says what is wrong with the file.
  } finally {
    decoder?.close();
  }
  return undefined;
}
