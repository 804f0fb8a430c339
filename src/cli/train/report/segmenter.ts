/** A segmenter's worst pictures by the share of their pixels that is wrong, and some that it gets right. */
import type { ClassMask, MaskLabel } from "../../../data/samples.ts";
import { voidClass } from "../../../data/samples.ts";
import type { PictureGroup } from "../../../evaluate/html-page.ts";
import type { Color, RgbImage } from "../../../image/image.ts";
import { vocColor } from "../../../image/palette.ts";
import { formatPercent } from "../../format.ts";
import type { ReportParts } from "./parts.ts";
import { evenly, lookAt, type PicturesOf, shown, thumbnail } from "./pictures.ts";

/** The pictures, and what their colours stand for. */
export async function segmenterParts({
  folder,
  pictures,
  labels,
  signal,
}: PicturesOf<MaskLabel>): Promise<ReportParts> {
  const { loadSegmenter } = await import("../../../tasks/node.ts");
  const segmenter = await loadSegmenter(folder, { signal });
  try {
    const looked = await lookAt(pictures, { most: 200, signal }, async (image, label) => {
      const { classMap } = await segmenter.segment(image, { signal });
      return { badness: shareWrong(await label.readMask(), classMap), found: undefined };
    });
    const worst = looked.filter(({ badness }) => badness > 0).slice(0, 6);
    const rest = looked.slice(worst.length);
    const groups: PictureGroup[] = [];
    const drawn = new Set<number>();
    for (const { index, badness } of [...worst, ...evenly(rest, 2)]) {
      const image = await pictures.picture(index);
      const truth = await pictures.label(index).readMask();
      const found = await segmenter.segment(image, { signal });
      const { image: small } = thumbnail(image);
      for (const { classMap } of [truth, found]) for (const one of classMap) drawn.add(one);
      groups.push({
        title: pictures.name(index),
        lines: [`${formatPercent(badness)} of the pixels wrong`],
        wrong: badness > 0.2,
        pictures: [
          await shown(small, "picture"),
          await shown(underMask(small, truth), "true classes"),
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
  } finally {
    segmenter.dispose();
  }
}

function shareWrong({ classMap }: ClassMask, found: Uint8Array): number {
  let [wrong, judged] = [0, 0];
  for (let i = 0; i < classMap.length; i++) {
    if (classMap[i] === voidClass) continue;
    judged++;
    if (classMap[i] !== found[i]) wrong++;
  }
  return judged === 0 ? 0 : wrong / judged;
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
