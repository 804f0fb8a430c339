/**
 * How large pictures are, from the beginning of their files: boxes in shares of the picture become pixels
 * without decoding anything, and boxes that fit no picture are noticed before a training run is.
 */

import { loadSharp } from "../disk/packages-node.ts";
import { readBytes, readStart } from "../disk/read-node.ts";
import { describeError, MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import type { ImageSize } from "../image/image.ts";
import { jpegOrientation } from "../image/jpeg-orientation.ts";
import { type PictureLimits, resolveLimits } from "../image/limits.ts";
import { checkHeader } from "../image/sniff.ts";
import type { FolderView } from "./folder-view-node.ts";
import { pictureLimit } from "./picture-files-node.ts";

/** Headers of most files are within this; of others the whole file is read. */
const headBytes = 64 * 1024;

/**
 * A picture's width and height in pixels, as decoding gives them: the orientation of EXIF is applied.
 *
 * @throws MobileNetError naming the file: `not-found`, `io`, `invalid-image`.
 */
async function readPictureSize(path: string, limits: PictureLimits = {}): Promise<ImageSize> {
  const resolved = resolveLimits(limits);
  try {
    const head = await readStart(path, headBytes);
    const size = sizeIn(head, resolved);
    if (size !== undefined) return size;
    const bytes = await readBytes(path, pictureLimit);
    return sizeIn(bytes, resolved) ?? (await askDecoder(bytes));
  } catch (error) {
    throw error instanceof MobileNetError && error.node === undefined
      ? placeError(error, path)
      : error;
  }
}

/** So many pictures' sizes are read at once. */
const atOnce = 32;

/**
 * Items with the sizes of their pictures, in order; where one cannot be read, asking for them throws.
 *
 * @param namesOf - The pictures of an item, as paths below the folder.
 */
export async function* measured<Item>(
  view: FolderView,
  items: readonly Item[],
  {
    namesOf,
    limits,
  }: { readonly namesOf: (item: Item) => readonly string[]; readonly limits: PictureLimits },
): AsyncGenerator<readonly [item: Item, sizes: () => readonly ImageSize[]]> {
  for (let at = 0; at < items.length; at += atOnce) {
    throwIfAborted(view.signal);
    const some = items.slice(at, at + atOnce);
    const outcomes = await Promise.allSettled(
      some.map((item) =>
        Promise.all(namesOf(item).map((name) => readPictureSize(view.at(name), limits))),
      ),
    );
    for (const [i, item] of some.entries()) {
      const outcome = outcomes[i]!;
      const sizes = (): readonly ImageSize[] => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      };
      yield [item, sizes];
    }
  }
}

/** Nothing where only the decoder knows, or the bytes do not reach far enough. */
function sizeIn(
  bytes: Uint8Array,
  limits: Parameters<typeof checkHeader>[1],
): ImageSize | undefined {
  const { format, size } = checkHeader(bytes, limits);
  if (size === undefined) return undefined;
  if (format === "jpeg" && jpegOrientation(bytes) >= 5) {
    return { width: size.height, height: size.width };
  }
  // Beside or behind the pixels of these may stand how they are turned.
  const mayTurn =
    (format === "webp" && bytes[15] === 0x58 && (bytes[20]! & 8) !== 0) ||
    (format === "png" && Buffer.from(bytes).includes("eXIf"));
  return mayTurn ? undefined : size;
}

async function askDecoder(bytes: Uint8Array): Promise<ImageSize> {
  try {
    const sharp = await loadSharp();
    const { width, height } = (await sharp(bytes, { limitInputPixels: false }).metadata())
      .autoOrient;
    return { width, height };
  } catch (error) {
    throw new MobileNetError("invalid-image", "the picture's size cannot be read", {
      expected: "a complete file that can be decoded",
      received: describeError(error),
      cause: error,
    });
  }
}
