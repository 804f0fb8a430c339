/** The worst pictures of a classifier whose classes do not exclude each other, by their loss. */
import type { PictureGroup } from "../../../evaluate/html-page.ts";
import { formatPercent } from "../../format.ts";
import type { ReportParts } from "./parts.ts";
import { evenly, lookAt, type PicturesOf, shown, thumbnail } from "./pictures.ts";

/** The pictures, each with its classes and with those that were found. */
export async function multiLabelParts({
  folder,
  pictures,
  labels,
  signal,
}: PicturesOf<readonly number[]>): Promise<ReportParts> {
  const { loadClassifier } = await import("../../../tasks/node.ts");
  const classifier = await loadClassifier(folder, { signal });
  const least = 1e-7;
  try {
    const looked = await lookAt(pictures, { most: 500, signal }, async (image, truth) => {
      const found = await classifier.classify(image, { topK: labels.length, signal });
      const badness = found.reduce((sum, { index, score }) => {
        const right = truth.includes(index) ? score : 1 - score;
        return sum - Math.log(Math.max(right, least));
      }, 0);
      return { badness, found: found.filter(({ score }) => score >= 0.5) };
    });
    const worst = looked.slice(0, 8);
    const groups: PictureGroup[] = [];
    for (const { index, badness, found } of [...worst, ...evenly(looked.slice(worst.length), 4)]) {
      const truth = pictures.label(index);
      const { image } = thumbnail(await pictures.picture(index));
      const named = found.map(({ label, score }) => [label, formatPercent(score)].join(" "));
      const same = found.length === truth.length && found.every((one) => truth.includes(one.index));
      groups.push({
        title: pictures.name(index),
        lines: [
          ["true:", truth.map((at) => labels[at] ?? "").join(", ") || "none"].join(" "),
          ["found:", named.join(", ") || "none"].join(" "),
          `loss ${badness.toFixed(2)}`,
        ],
        wrong: !same,
        pictures: [await shown(image, "picture")],
      });
    }
    return { groups, legend: [], drawings: [], looked: looked.length };
  } finally {
    classifier.dispose();
  }
}
