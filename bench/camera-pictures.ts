/** Pictures as a camera gives them, made of smaller ones: larger, with grain, as JPEG files. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage } from "../src/image/decode-node.ts";
import type { ImageSize, RgbImage } from "../src/image/image.ts";
import { Random } from "../src/random.ts";

/** How a picture is enlarged. */
interface Camera {
  readonly size: ImageSize;
  /** The grain's largest step, up and down. */
  readonly grain: number;
  readonly quality: number;
  readonly seed: number;
}

/** A picture as a camera would have taken it. */
export async function enlarge(
  { width, height, data }: RgbImage,
  { size, grain, quality, seed }: Camera,
): Promise<Uint8Array> {
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: size.width, height: size.height, fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  const random = new Random(seed);
  for (let i = 0; i < pixels.length; i++) {
    const grained = pixels[i]! + random.integer(2 * grain + 1) - grain;
    pixels[i] = Math.min(255, Math.max(0, grained));
  }
  return await sharp(pixels, { raw: { width: size.width, height: size.height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}

/** Sizes of pictures by name: a camera's of 12 megapixels has 3 to 5 MB. */
export const pictureSizes = {
  "12mp": { width: 4000, height: 3000, grain: 12, quality: 92 },
  "1mp": { width: 1152, height: 864, grain: 8, quality: 90 },
  thumbnails: { width: 256, height: 192, grain: 2, quality: 85 },
} as const;

export type PictureSize = keyof typeof pictureSizes;

/**
 * A folder of so many pictures of a size, made of the package's public-domain photographs: crops of
 * them, each with grain of its own. Made once.
 */
export async function pictureFolder(name: PictureSize, count: number): Promise<string> {
  const folder = join(".cache", "pictures", `${name}-${count}`);
  const { grain, quality, ...size } = pictureSizes[name];
  const sources = await Promise.all(
    ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"].map(async (file) =>
      decodeImage(await readFile(join("examples", "images", file))),
    ),
  );
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const path = join(folder, `picture-${String(i).padStart(3, "0")}.jpg`);
    if ((await readFile(path).catch(() => undefined)) !== undefined) continue;
    const part = crop(sources[i % sources.length]!, new Random(i));
    const file = await enlarge(part, { size, grain, quality, seed: i });
    await writeFile(`${path}.part`, file);
    await rename(`${path}.part`, path);
  }
  return folder;
}

/** Three quarters of a picture in each direction, anywhere in it. */
function crop({ width, height, data }: RgbImage, random: Random): RgbImage {
  const [w, h] = [Math.floor(width * 0.75), Math.floor(height * 0.75)];
  const [x, y] = [random.integer(width - w + 1), random.integer(height - h + 1)];
  const part = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) {
    const from = ((y + row) * width + x) * 3;
    part.set(data.subarray(from, from + w * 3), row * w * 3);
  }
  return { width: w, height: h, data: part };
}
