/**
 * What it changes that batch norms see the pictures of one shard, or of one pass, instead of the whole
 * step's: a small network on some of MNIST's digits or CIFAR-10's pictures, a step's batch divided in 1,
 * 2, 4 … passes whose gradients are averaged, as shards' are. Prints the accuracy on pictures that were
 * held back, for some seeds. `node bench/run.js train-shards --batch 64 --pictures 4000 --seeds 3`
 */
import { formatTable } from "../src/cli/table.ts";
import { type Preprocess, ranges } from "../src/image/presets.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import {
  cifarStrides,
  classification,
  createWasmNetwork,
  initialize,
  mnistDataSet,
  pictureSamples,
  planTraining,
  recipes,
  somePictures,
  train,
} from "../src/train/index.ts";
import { argument } from "./arguments.ts";

const batch = Number(argument("batch", "64"));
const pictures = Number(argument("pictures", "4000"));
const seeds = Number(argument("seeds", "3"));
const epochs = Number(argument("epochs", "4"));
const divisions = argument("divisions", "1,2,4,8,16").split(",").map(Number);

const data = await mnistDataSet();
const preset: Preprocess = {
  width: 32,
  height: 32,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
};
const { optimizer, schedule, labelSmoothing, augmentation } = recipes.digits;
const graph = mobilenetV2({
  ...{ width: 0.1, resolution: 32, classes: data.classes.length, strides: cifarStrides },
});

async function accuracy(division: number, seed: number): Promise<number> {
  const network = await createWasmNetwork(planTraining(graph), {
    batch: batch / division,
    // Moving statistics forget as much in a step, whatever passes it has.
    batchNormDecay: 0.9 ** (1 / division),
  });
  initialize(network, { seed });
  let last = 0;
  for await (const event of train({
    ...{ network, seed, epochs, optimizer, schedule, accumulate: division },
    objective: classification({ labelSmoothing }),
    training: pictureSamples(somePictures(data.training, pictures, seed), preset, augmentation),
    validation: pictureSamples(somePictures(data.validation, 2000, seed), preset, {}),
  })) {
    if (event.kind === "epoch") last = event.validation?.accuracy ?? 0;
  }
  network.dispose();
  return last;
}

const rows: string[][] = [];
for (const division of divisions) {
  const found: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) found.push(await accuracy(division, seed));
  const mean = found.reduce((a, b) => a + b, 0) / found.length;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const range = `${percent(Math.min(...found))} to ${percent(Math.max(...found))}`;
  rows.push([`${division}`, `${batch / division}`, `${percent(mean)} %`, range]);
}
const headings = ["parts of a step", "pictures of each", "accuracy", "seeds"];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
