/**
 * How much of a large picture has to be decoded: labelled pictures are enlarged to a camera's size with
 * grain, and decoded whole and at 1, 1.5 and 2 times what the network sees. For each: accuracy, how sure
 * the right class is, how often the answer is that for the picture itself, and the time to decode.
 * `node bench/run.js decode-scale --model MODEL --pictures FOLDER --list FILE --edge 2400 --limit 500`
 */
import { performance } from "node:perf_hooks";
import { formatTable } from "../src/cli/table.ts";
import { decodeImage } from "../src/image/decode-node.ts";
import { leastCopy } from "../src/image/preprocess.ts";
import { loadClassifier, loadModel, readImageList } from "../src/index.ts";
import { quantile } from "../src/timing.ts";
import { argument } from "./arguments.ts";
import { enlarge } from "./camera-pictures.ts";

/** Of the network's input; leastCopy's own factor is what it is compared with. */
const factors = [1, 1.5, 2] as const;
const own = 2;

const model = await loadModel(argument("model", "imagenet"));
const classifier = await loadClassifier(model);
const { preprocess, labels } = model;
const samples = await readImageList(argument("list", "labels.txt"), {
  labels,
  folder: argument("pictures", "pictures"),
});
const edge = Number(argument("edge", "2400"));
const limit = Math.min(samples.length, Number(argument("limit", "500")));

const ways = ["itself", "whole", ...factors.map((factor) => `${factor} ×`)];
const tallies = ways.map(() => ({ right: 0, same: 0, sure: 0, times: [] as number[] }));
for (let i = 0; i < limit; i++) {
  const sample = samples[i]!;
  const small = await sample.read();
  const ratio = edge / Math.max(small.width, small.height);
  const size = {
    width: Math.round(small.width * ratio),
    height: Math.round(small.height * ratio),
  };
  const file = await enlarge(small, { size, grain: 8, quality: 90, seed: i });
  const start = performance.now();
  const decoded = [small, await decodeImage(file)];
  const times = [0, performance.now() - start];
  for (const factor of factors) {
    const before = performance.now();
    const least = (size: { width: number; height: number }) => {
      const { width, height } = leastCopy(size, preprocess);
      return { width: (width * factor) / own, height: (height * factor) / own };
    };
    decoded.push(await decodeImage(file, { least }));
    times.push(performance.now() - before);
  }
  let first = -1;
  for (const [way, image] of decoded.entries()) {
    const ranking = await classifier.classify(image, { topK: labels.length });
    if (way === 0) first = ranking[0]!.index;
    const tally = tallies[way]!;
    tally.right += Number(ranking[0]!.index === sample.classIndex);
    tally.same += Number(ranking[0]!.index === first);
    tally.sure += ranking.find(({ index }) => index === sample.classIndex)?.score ?? 0;
    tally.times.push(times[way]!);
  }
}
const percent = (sum: number): string => `${((100 * sum) / limit).toFixed(1)} %`;
console.log(
  formatTable(
    ["decoded", "top-1", "right class", "as itself", "ms"].map((heading, i) =>
      i === 0 ? { heading } : { heading, align: "right" },
    ),
    tallies.map(({ right, same, sure, times }, way) => [
      ways[way]!,
      ...[percent(right), percent(sure), percent(same), quantile(times, 0.5).toFixed(1)],
    ]),
  ),
);
