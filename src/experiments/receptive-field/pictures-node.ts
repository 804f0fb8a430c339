/** What trained features look like: maps of a photograph, and what in it speaks for a class. */
import { fileURLToPath } from "node:url";
import { readBytesIfThere } from "../../disk/read-node.ts";
import {
  type ActivationMap,
  type ClassifierModel,
  type ClassPrediction,
  classActivation,
  decodeImage,
  encodeGreyPng,
  encodePng,
  loadClassifier,
  type NodeValues,
  overlayActivation,
  type PooledHead,
  pooledHead,
  type RgbImage,
} from "../../index.ts";
import type { PartContext } from "../experiment.ts";
import type { Absent } from "../kept-values.ts";
import { type ChannelSpread, greyLevels, variedChannels } from "./maps.ts";
import type { ReceptiveValue, Thumbnail, Thumbnails } from "./values.ts";

/** Photographs of the repository; whoever has only the package does without. */
const photographs = ["chelsea.png", "coffee.png"] as const;

const photographLimit = { most: 50_000_000, code: "invalid-image" } as const;

/** Folders up from here in which to look for `examples/images`. */
const mostSteps = 6;

/** A photograph's square in the middle; undefined where it is not there. */
async function openSquare(name: string): Promise<RgbImage | undefined> {
  for (let steps = 1; steps <= mostSteps; steps++) {
    const url = new URL(`${"../".repeat(steps)}examples/images/${name}`, import.meta.url);
    const bytes = await readBytesIfThere(fileURLToPath(url), photographLimit);
    if (bytes !== undefined) return square(await decodeImage(bytes));
  }
  return undefined;
}

function square({ width, height, data }: RgbImage): RgbImage {
  const edge = Math.min(width, height);
  const [left, top] = [Math.floor((width - edge) / 2), Math.floor((height - edge) / 2)];
  const into = new Uint8Array(edge * edge * 3);
  for (let y = 0; y < edge; y++) {
    const from = ((top + y) * width + left) * 3;
    into.set(data.subarray(from, from + edge * 3), y * edge * 3);
  }
  return { width: edge, height: edge, data: into };
}

/** The mean of whole pixels, to about an edge. */
function shrink({ width, height, data }: RgbImage, edge: number): RgbImage {
  const factor = Math.max(1, Math.round(width / edge));
  const [columns, rows] = [Math.floor(width / factor), Math.floor(height / factor)];
  const into = Uint8Array.from({ length: columns * rows * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % columns, Math.floor(i / 3 / columns)];
    let sum = 0;
    for (let dy = 0; dy < factor; dy++) {
      for (let dx = 0; dx < factor; dx++) {
        sum += data[((y * factor + dy) * width + x * factor + dx) * 3 + c]!;
      }
    }
    return Math.round(sum / factor ** 2);
  });
  return { width: columns, height: rows, data: into };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** The most varied channels of some blocks, each a row of maps, the photograph first. */
export async function drawFeatures(
  model: ClassifierModel,
  blocks: readonly number[],
  { signal }: PartContext<ReceptiveValue>,
): Promise<Thumbnails | Absent> {
  const photograph = await openSquare(photographs[0]);
  if (photograph === undefined) return { kind: "absent" };
  const names = blocks.map((block) => `block_${block}`);
  const classifier = await loadClassifier(model, { outputs: ["stem", ...names], signal });
  const values = await classifier
    .values(photograph, { signal })
    .finally(() => classifier.dispose());
  const first: Thumbnail = { title: "", png: base64(await encodePng(shrink(photograph, 100))) };
  const rows = await Promise.all(
    values.map(async (one) => {
      const [, height, width] = one.shape;
      const maps = await Promise.all(
        variedChannels(one)
          .slice(0, 3)
          .map(async (spread) => await greyMap(one, spread)),
      );
      const title = `${one.name.replace("_", " ")}, ${height}x${width}`;
      return maps.map((png, i): Thumbnail => ({ title: i === 0 ? title : "", png }));
    }),
  );
  return { kind: "thumbnails", rows: [[{ ...first, title: "the photograph" }], ...rows] };
}

/** A channel as a file of grey levels. */
async function greyMap(values: NodeValues, spread: ChannelSpread): Promise<string> {
  const [, height = 1, width = 1] = values.shape;
  return base64(await encodeGreyPng({ data: greyLevels(values, spread), width, height }));
}

/** What in each photograph speaks for its best two classes: class activation maps. */
export async function drawActivation(
  model: ClassifierModel,
  { signal }: PartContext<ReceptiveValue>,
): Promise<Thumbnails | Absent> {
  const head = pooledHead(model.graph);
  if (head === undefined) return { kind: "absent" };
  const classifier = await loadClassifier(model, { outputs: ["features"], signal });
  const rows: (readonly Thumbnail[])[] = [];
  try {
    for (const name of photographs) {
      const photograph = await openSquare(name);
      if (photograph === undefined) return { kind: "absent" };
      const best = await classifier.classify(photograph, { topK: 2, signal });
      const [values] = await classifier.values(photograph, { signal });
      rows.push([
        {
          title: name.replace(/\.\w+$/, ""),
          png: base64(await encodePng(shrink(photograph, 100))),
        },
        ...(await overlays(head, { photograph, best, values: values! })),
      ]);
    }
  } finally {
    classifier.dispose();
  }
  return { kind: "thumbnails", rows };
}

/** The photograph under the map of each class, all on one scale. */
async function overlays(
  head: PooledHead,
  {
    photograph,
    best,
    values: { shape, data },
  }: {
    readonly photograph: RgbImage;
    readonly best: readonly ClassPrediction[];
    readonly values: NodeValues;
  },
): Promise<readonly Thumbnail[]> {
  const [, rows = 1, columns = 1] = shape;
  const maps = best.map(({ index }) =>
    classActivation(head, { rows, columns, features: data }, index),
  );
  const most = Math.max(...maps.flatMap(({ values }: ActivationMap) => [...values]));
  return await Promise.all(
    best.map(async ({ label, score }, i) => {
      const overlay = overlayActivation(shrink(photograph, 100), maps[i]!, most);
      const plain = label.replace(/[^\p{L}\p{N} .'-]/gu, " ").slice(0, 24);
      return {
        title: `${plain}, ${Math.round(score * 100)} %`,
        png: base64(await encodePng(overlay)),
      };
    }),
  );
}

/** A map of energy in grey, brighter where there is more, by the fourth root: the rim shows, too. */
export async function energyMap(
  { rows, columns, values }: { rows: number; columns: number; values: ArrayLike<number> },
  cells: number,
): Promise<string> {
  const count = Math.min(cells, rows, columns);
  const sums = new Float64Array(count * count);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const cell = Math.floor((y * count) / rows) * count + Math.floor((x * count) / columns);
      sums[cell]! += values[y * columns + x]!;
    }
  }
  const most = Math.max(...sums);
  const levels = Uint8Array.from(sums, (sum) =>
    Math.round(255 * (most === 0 ? 0 : (sum / most) ** 0.25)),
  );
  return base64(await encodeGreyPng({ data: levels, width: count, height: count }));
}
