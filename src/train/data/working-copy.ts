/**
 * The size at which pictures are kept while a network trains: large ones as copies that hold what every
 * version of a sample can make use of. A copy follows from its picture, the preset and the augmentation
 * alone, so that samples are the same bits whether copies are kept, read back from a disk or made anew.
 */
import { type Kinds, oneOf } from "../../check-fields.ts";
import type { PictureCopy } from "../../data/pictures.ts";
import type { ImageSize } from "../../image/image.ts";
import { leastCopy } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Augmentation } from "./augment.ts";

/** How much of each picture training decodes. */
export interface SampleOptions {
  /**
   * `scaled` makes a smaller copy of a large picture and trains on that, `full` on all of its pixels, of
   * which resizing passes over most. A copy has at least twice the pixels that the network sees, in each
   * direction, and for crops so many that the smallest has as many as the network; pictures less than
   * twice as wide and high as their copy would be are taken whole. Default: `scaled`.
   */
  readonly decode?: "scaled" | "full" | undefined;
}

/** The kinds of how much is decoded. */
export const sampleKinds: Kinds<SampleOptions> = { decode: oneOf("scaled", "full") };

/** As `leastCopy` has it: so many pixels of a copy for each of the network's. */
const pixelsPerEdge = 2;

/** How many times as wide and high the smallest part becomes; 0 where crops enlarge nothing. */
function enlargement(crop: NonNullable<Augmentation["crop"]>): number {
  switch (crop.kind) {
    case "shift":
      return 0;
    case "resized":
    case "overlap":
      return 1 / Math.sqrt(crop.area[0]);
    case "scaled":
      return crop.factor[1];
  }
}

/** The copy that samples are made of; undefined where pictures are decoded whole. */
export function workingCopy(
  preset: Preprocess,
  { crop }: Augmentation,
  { decode = "scaled" }: SampleOptions = {},
): PictureCopy | undefined {
  if (decode === "full") return undefined;
  const { width, height, fit } = preset;
  // The smallest crop, with at least as many pixels as the network sees.
  const enlarged = crop === undefined ? 0 : enlargement(crop);
  const ratio = enlarged === 0 ? 0 : Math.max(pixelsPerEdge, enlarged);
  return {
    name: JSON.stringify({ width, height, fit, ratio }),
    least(size: ImageSize): ImageSize {
      const plain = leastCopy(size, preset);
      return {
        width: Math.max(plain.width, ratio * width),
        height: Math.max(plain.height, ratio * height),
      };
    },
  };
}
