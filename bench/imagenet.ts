/**
 * The accuracy of ImageNet's network in float and in 8 bits on labelled pictures, as one report:
 * `node bench/run.js imagenet --float MODEL --uint8 FILE --pictures FOLDER --list FILE --calibration
 * FOLDER`, and `--write` to put it into docs/imagenet.md. The network's own int8 form is made here from
 * the float one, calibrated on other pictures than those that count.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { evaluateClassifier, loadClassifier, quantize, readImageList } from "../src/index.ts";
import { argument } from "./arguments.ts";

const float = argument("float", "imagenet-float");
const pictures = argument("pictures", "pictures");
const calibration = argument("calibration", "calibration");

/** Wilson's interval at 95 %: where the share of all such pictures lies. */
function interval(share: number, count: number): readonly [low: number, high: number] {
  const z = 1.96;
  const centre = share + z ** 2 / (2 * count);
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2);
  const scale = 1 + z ** 2 / count;
  return [(centre - spread) / scale, (centre + spread) / scale];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const images = readdirSync(calibration).map((name) => () => readFile(join(calibration, name)));
const { file } = await quantize(float, { images });
const own = new Map([["int8.tflite", file]]);

const judge = await loadClassifier(float);
const rows: string[][] = [];
let count = 0;
for (const [name, source] of [
  ["float32", float],
  ["uint8, as published (trained with quantisation)", argument("uint8", "imagenet")],
  ["int8, made from the float32 one by `quantize`", own],
] as const) {
  const classifier = await loadClassifier(source);
  const samples = await readImageList(argument("list", "labels.txt"), {
    labels: classifier.labels,
    folder: pictures,
  });
  const { top1, top5, images, comparison } = await evaluateClassifier(classifier, samples, {
    compare: judge,
  });
  count = images;
  const [low, high] = interval(top1, images);
  const same = percent(comparison?.agreement ?? 1);
  rows.push([name, percent(top1), `${percent(low)} to ${percent(high)}`, percent(top5), same]);
  classifier.dispose();
}
judge.dispose();
const headings = ["network", "top-1", "95 % interval", "top-5", "same first class as float32"];
const table = [headings, headings.map((_, i) => (i === 0 ? "---" : "---:")), ...rows];
const text = [
  ...table.map((cells) => `| ${cells.join(" | ")} |`),
  "",
  `${count} pictures; the int8 network's ranges are from ${images.length} others.`,
].join("\n");
console.log(text);
if (process.argv.includes("--write")) {
  const page = readFileSync("docs/imagenet.md", "utf8");
  const marks = /(<!-- imagenet:start -->)[\s\S]*(<!-- imagenet:end -->)/;
  writeFileSync("docs/imagenet.md", page.replace(marks, `$1\n${text}\n$2`));
}
