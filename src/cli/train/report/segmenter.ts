/** A segmenter's worst pictures by the share of their pixels that is wrong, and some that it gets right. */
import type { Pictures } from "../../../data/pictures.ts";
import type { ClassMask, MaskLabel } from "../../../data/samples.ts";
import { voidClass } from "../../../data/samples.ts";
import type { PictureGroup } from "../../../evaluate/html-page.ts";
import type { Color, RgbImage } from "../../../image/image.ts";
import { vocColor } from "../../../image/palette.ts";
import { formatPercent } from "../../format.ts";
import type { ReportParts } from "./parts.ts";
import { chooseShown, type Looked, shown, thumbnail } from "./pictures.ts";

/** A picture with its mask, and what was found in it. */
export interface ShownSegmentation {
  readonly image: RgbImage;
  readonly mask: ClassMask;
  readonly found: ClassMask;
}

/** The pictures, and what their colours stand for. */
export async function segmenterParts({
  pictures,
  labels,
  looked,
  segmented,
}: {
  readonly pictures: Pictures<MaskLabel>;
  readonly labels: readonly string[];
  /** All that were judged, by the share of their pixels that is wrong, the worst first. */
  readonly looked: readonly Looked<undefined>[];
  /** Some of them again. */
  segmented(indices: readonly number[]): AsyncIterable<ShownSegmentation>;
}): Promise<ReportParts> {
  const chosen = chooseShown(looked, { worst: 6, others: 2 });
  const groups: PictureGroup[] = [];
  const drawn = new Set<number>();
  let next = 0;
  for await (const { image, mask, found } of segmented(chosen.map(({ index }) => index))) {
    const { index, badness } = chosen[next++]!;
    const { image: small } = thumbnail(image);
    const missed = missedClasses(mask, found).map((at) => labels[at] ?? `${at}`);
    for (const { classMap } of [mask, found]) for (const one of classMap) drawn.add(one);
    groups.push({
      title: pictures.name(index),
      lines: [
        `${formatPercent(badness)} of the pixels wrong`,
        ...(missed.length === 0 ? [] : [`missed for the most part: ${missed.join(", ")}`]),
      ],
      wrong: missed.length > 0 || badness > 0.2,
      pictures: [
        await shown(small, "picture"),
        await shown(underMask(small, mask), "true classes"),
        await shown(underMask(small, found), "found classes"),
      ],
    });
  }
  const legend = labels.flatMap((label, index) =>
    drawn.has(index) ? [{ label, color: `rgb(${vocColor(index).join(" ")})` }] : [],
  );
  const isVoid = drawn.has(voidClass)
    ? [{ label: "does not count", color: "rgb(255 255 255)" }]
    : [];
  return { groups, legend: [...legend, ...isVoid], drawings: [], looked: looked.length };
}

/** The classes of which less than half of the pixels was found: small ones hardly count among all pixels. */
function missedClasses({ classMap }: ClassMask, { classMap: found }: ClassMask): readonly number[] {
  const [all, right] = [new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < classMap.length; i++) {
    const index = classMap[i]!;
    all[index]! += 1;
    if (found[i] === index) right[index]! += 1;
  }
  return [...all.keys()].filter((at) => at !== voidClass && 2 * right[at]! < all[at]!);
}

/** A picture under the colours of a map of its size; what is void stays grey. */
function underMask({ width, height, data }: RgbImage, mask: ClassMask): RgbImage {
  const into = new Uint8Array(data.length);
  const colors = Array.from({ length: 256 }, (_, index): Color => vocColor(index));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const row = Math.min(mask.height - 1, Math.floor(((y + 0.5) * mask.height) / height));
      const column = Math.min(mask.width - 1, Math.floor(((x + 0.5) * mask.width) / width));
      const index = mask.classMap[row * mask.width + column]!;
      const grey = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      const [color, cover] = index === voidClass ? [[255, 255, 255], 0.8] : [colors[index]!, 0.6];
      for (let c = 0; c < 3; c++) {
        into[at + c] = Math.round((1 - cover) * grey + cover * color[c]!);
      }
    }
  }
  return { width, height, data: into };
}
