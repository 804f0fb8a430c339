/** Examples: as much of a picture as a small network sees, so that hundreds of them can be kept. */
import { decodeImage, type RgbImage } from "mobilenetv2";
import type { Picture } from "./engine-api.ts";

/** Pixels along the longer edge. */
const longest = 320;

/** A file that is small already stays as it is. */
const smallBytes = 100_000;

/**
 * A picture as an example. A frame is at its end with it.
 *
 * @throws MobileNetError `invalid-image` where it cannot be read.
 */
export async function exampleOf(picture: Picture): Promise<Blob> {
  if (picture instanceof ImageBitmap) return shrink(picture);
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const image = await decodeImage(bytes, { least: ({ width, height }) => within(width, height) });
  const isSmall = Math.max(image.width, image.height) <= longest && bytes.length <= smallBytes;
  // The bytes themselves: a file on the disk may be gone tomorrow.
  if (isSmall && image.original === undefined) return new Blob([bytes], { type: picture.type });
  return shrink(await createImageBitmap(opaque(image)));
}

/** The size that an example has. */
function within(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height));
  const scaled = (edge: number): number => Math.max(1, Math.round(edge * scale));
  return { width: scaled(width), height: scaled(height) };
}

async function shrink(image: ImageBitmap): Promise<Blob> {
  try {
    const { width, height } = within(image.width, image.height);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws nothing outside of a page");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  } finally {
    image.close();
  }
}

function opaque({ width, height, data }: RgbImage): ImageData {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0, j = 0; j < pixels.length; i += 3, j += 4) {
    pixels[j] = data[i]!;
    pixels[j + 1] = data[i + 1]!;
    pixels[j + 2] = data[i + 2]!;
  }
  return new ImageData(pixels, width, height);
}
