/**
 * A classifier's worst pictures by their loss, and some that it gets right, beside what in them spoke for the
 * classes in question.
 */
import {
  classActivation,
  overlayActivation,
  type PooledHead,
  pooledHead,
} from "../../../evaluate/class-activation.ts";
import type { PictureGroup } from "../../../evaluate/html-page.ts";
import type { RgbImage } from "../../../image/image.ts";
import type { Preprocess } from "../../../image/presets.ts";
import type { Classifier } from "../../../tasks/classifier.ts";
import { formatPercent } from "../../format.ts";
import type { ReportParts } from "./parts.ts";
import {
  asInput,
  displayPreset,
  evenly,
  type Looked,
  lookAt,
  type PicturesOf,
  shown,
} from "./pictures.ts";

/** A classifier's answer. */
interface Ranked {
  readonly index: number;
  readonly score: number;
  readonly truth: number;
  /** Of the true class. */
  readonly trueScore: number;
}

/** The worst pictures of a classifier and some that it gets right, with class activation maps where these are exact. */
export async function classifierParts({
  folder,
  pictures,
  labels,
  signal,
}: PicturesOf<number>): Promise<ReportParts> {
  const { loadModel, load } = await import("../../../tasks/node.ts");
  const model = await loadModel(folder, { signal });
  const head = pooledHead(model.graph);
  const outputs = head === undefined ? [] : [{ node: head.features }];
  const classifier = await load("classify", model, { signal, outputs });
  try {
    const looked = await lookAt(pictures, { most: 500, signal }, async (image, truth) => {
      const ranking = await classifier.classify(image, { topK: labels.length, signal });
      const best = ranking[0]!;
      const trueScore = ranking.find(({ index }) => index === truth)?.score ?? 0;
      const found: Ranked = { index: best.index, score: best.score, truth, trueScore };
      return { badness: -Math.log(Math.max(trueScore, 1e-7)), found };
    });
    const wrong = looked.filter(({ found }) => found.index !== found.truth).slice(0, 8);
    // From the middle of the right ones, not the easiest.
    const right = looked.filter(({ found }) => found.index === found.truth);
    const some = evenly(right, wrong.length === 0 ? 8 : 4);
    const groups: PictureGroup[] = [];
    for (const one of [...wrong, ...some]) {
      groups.push(
        await classifierGroup(one, {
          classifier,
          pictures,
          labels,
          head,
          preset: model.preprocess,
        }),
      );
    }
    return { groups, legend: [], drawings: [], looked: looked.length };
  } finally {
    classifier.dispose();
  }
}

async function classifierGroup(
  { index, badness, found: { index: best, score, truth, trueScore } }: Looked<Ranked>,
  {
    classifier,
    pictures,
    labels,
    head,
    preset,
  }: Pick<PicturesOf<number>, "pictures" | "labels"> & {
    readonly classifier: Classifier<RgbImage>;
    readonly head: PooledHead | undefined;
    readonly preset: Preprocess;
  },
): Promise<PictureGroup> {
  const image = await pictures.picture(index);
  const input = asInput(image, displayPreset(preset));
  const wrong = best !== truth;
  const name = (at: number): string => labels[at] ?? `class ${at}`;
  const shots = [await shown(input, "what the network is given")];
  if (head !== undefined) {
    const [values] = await classifier.values(image);
    const [, rows = 1, columns = 1] = values!.shape;
    const maps = [best, ...(wrong ? [truth] : [])].map((at) =>
      classActivation(head, { rows, columns, features: values!.data }, at),
    );
    // One scale for all, so that they can be compared.
    const most = Math.max(...maps.flatMap((map) => [...map.values]));
    for (const [i, map] of maps.entries()) {
      const drawn = overlayActivation(input, map, most);
      shots.push(await shown(drawn, `what speaks for ${name(i === 0 ? best : truth)}`));
    }
  }
  const lines = wrong
    ? [
        `taken for ${name(best)} (${formatPercent(score)}); ${name(truth)} has ${formatPercent(trueScore)}`,
        `loss ${badness.toFixed(2)}`,
      ]
    : [`${name(best)} (${formatPercent(score)}), loss ${badness.toFixed(2)}`];
  return { title: pictures.name(index), lines, wrong, pictures: shots };
}
