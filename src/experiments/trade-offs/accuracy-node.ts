/**
 * How right the published models are on the labelled pictures that are at hand: too few to tell variants
 * apart, enough to see that a network does what was published. Absent data leave the part out.
 */
import { join } from "node:path";
import { kindOf, readBytes, readText } from "../../disk/read-node.ts";
import { MobileNetError } from "../../errors.ts";
import {
  averagePrecision,
  type ClassifiedSample,
  type DetectionImage,
  detectionSamples,
  evaluateClassifier,
  loadClassifier,
  loadDetector,
  readDetections,
} from "../../index.ts";
import { Random } from "../../random.ts";
import { spread } from "../../spread.ts";
import { quote } from "../../untrusted.ts";
import type { PartContext } from "../experiment.ts";
import type { Absent } from "../kept-values.ts";
import type { Classified, Detected, TradeOffSettings, TradeOffValue } from "./values.ts";

/** The folders within that of the labelled pictures. */
export const dataFolders = {
  imagenet: "imagenet-compatible-500",
  coco: "coco-val128",
} as const;

const pictureLimit = { most: 100_000_000, code: "invalid-image" } as const;

/** So that this stream is nobody else's. */
const stream = 0x626f;

async function folderOf(
  data: string | undefined,
  name: keyof typeof dataFolders,
): Promise<string | undefined> {
  if (data === undefined) return undefined;
  const folder = join(data, dataFolders[name]);
  return (await kindOf(folder)) === "folder" ? folder : undefined;
}

/** The model `imagenet` on pictures with ImageNet's classes. */
export async function judgeOnImagenet(
  { pictures }: TradeOffSettings,
  { data, progress, signal }: PartContext<TradeOffValue>,
): Promise<Classified | Absent> {
  const folder = await folderOf(data, "imagenet");
  if (folder === undefined) return { kind: "absent" };
  const classifier = await loadClassifier("imagenet", { signal });
  const samples = spread(await readSamples(folder, classifier.labels.length), pictures);
  let done = 0;
  const found = await evaluateClassifier(classifier, paced(), { signal }).finally(() =>
    classifier.dispose(),
  );
  return {
    kind: "classified",
    pictures: found.images,
    top1: Math.round(found.top1 * found.images),
    top5: Math.round(found.top5 * found.images),
  };

  async function* paced(): AsyncGenerator<ClassifiedSample<Uint8Array>> {
    for (const sample of samples) {
      await progress(done++ / samples.length);
      yield sample;
    }
  }
}

/**
 * The development set of the NIPS 2017 competition on adversarial examples: `dev_dataset.csv`, whose
 * TrueLabel runs from 1 to 1000, and `images`. Pictures that are not there are passed over.
 */
async function readSamples(
  folder: string,
  labels: number,
): Promise<readonly ClassifiedSample<Uint8Array>[]> {
  const [head = "", ...lines] = (await readText(join(folder, "dev_dataset.csv"))).split(/\r?\n/);
  const columns = head.split(",");
  const [id, truth] = ["ImageId", "TrueLabel"].map((name) => columns.indexOf(name));
  // With a class for the background the indices are the labels.
  const first = labels === 1001 ? 0 : 1;
  const samples: ClassifiedSample<Uint8Array>[] = [];
  for (const line of lines.filter((one) => one !== "")) {
    const cells = line.split(",");
    const [name = "", label] = [cells[id ?? -1], Number(cells[truth ?? -1])];
    if (!/^[0-9a-f]+$/.test(name) || !Number.isInteger(label)) {
      throw new MobileNetError("invalid-data", "bad line in dev_dataset.csv", {
        expected: "ImageId and TrueLabel",
        received: quote(line),
      });
    }
    const path = await firstOf([".jpg", ".png"].map((end) => join(folder, "images", name + end)));
    if (path === undefined) continue;
    samples.push({ name, classIndex: label - first, read: () => readBytes(path, pictureLimit) });
  }
  return samples;
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if ((await kindOf(path)) === "file") return path;
  }
  return undefined;
}

/** The model `ssdlite-coco` on pictures of COCO's validation set, by COCO's protocol. */
export async function judgeOnCoco(
  { pictures, resamples }: TradeOffSettings,
  seed: number,
  { data, progress, signal }: PartContext<TradeOffValue>,
): Promise<Detected | Absent> {
  const folder = await folderOf(data, "coco");
  if (folder === undefined) return { kind: "absent" };
  const detector = await loadDetector("ssdlite-coco", { signal });
  const { labels } = detector;
  const judged: DetectionImage[] = [];
  try {
    const read = await readDetections(folder, { format: "coco" });
    const chosen = spread(detectionSamples(read, { labels }).samples, pictures);
    for (const [i, sample] of chosen.entries()) {
      await progress((0.7 * i) / chosen.length);
      // The published evaluation judges the whole ranking.
      const { detections } = await detector.detect(await sample.read(), {
        ...{ maxDetections: 100, scoreThreshold: 1e-8, signal },
      });
      const scored = detections.map(({ index, score, box }) => ({ classIndex: index, score, box }));
      judged.push({ objects: sample.objects, detections: scored });
    }
  } finally {
    detector.dispose();
  }
  const random = new Random(stream, seed);
  const drawn: number[] = [];
  for (let i = 0; i < resamples; i++) {
    await progress(0.7 + (0.3 * i) / resamples);
    const again = judged.map(() => judged[random.integer(judged.length)]!);
    drawn.push(averagePrecision(again, { labels }).ap ?? 0);
  }
  drawn.sort((a, b) => a - b);
  const at = (part: number): number => drawn[Math.round(part * (drawn.length - 1))]!;
  const { ap = 0, ap50 = 0 } = averagePrecision(judged, { labels });
  const rounded = (value: number): number => Number(value.toFixed(5));
  return {
    ...{ kind: "detected", pictures: judged.length },
    objects: judged.reduce((sum, { objects }) => sum + objects.length, 0),
    ...{ ap: rounded(ap), ap50: rounded(ap50) },
    ...{ low: rounded(at(0.025)), high: rounded(at(0.975)) },
  };
}
