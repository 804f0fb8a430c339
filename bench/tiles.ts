/**
 * What tiles find: average precision of a detector (small, medium and large objects apart) or mean IoU of
 * a segmenter, with the whole picture alone and with tiles, and how long a picture takes.
 * `node bench/run.js tiles --task detect --data FOLDER [--limit 128]`; FOLDER holds `images` and
 * `instances_val128.json`, or PASCAL VOC's folders.
 */
import { join } from "node:path";
import { formatTable } from "../src/cli/table.ts";
import {
  type DetectOptions,
  detectionSamples,
  evaluateDetector,
  evaluateSegmenter,
  type ImageInput,
  loadDetector,
  loadSegmenter,
  maskSamples,
  readDetections,
  readMasks,
  type SegmentOptions,
  type Tiles,
} from "../src/index.ts";
import { argument } from "./arguments.ts";

const [task, folder] = [argument("task", "detect"), argument("data", "coco")];
const limit = Number(argument("limit", "128"));
const ways: readonly (readonly [string, Tiles | undefined])[] = [
  ["whole picture", undefined],
  ["2 × 2", { columns: 2, rows: 2 }],
  ['"auto"', "auto"],
];
const percent = (value: number | undefined): string =>
  value === undefined ? "" : `${(value * 100).toFixed(1)} %`;
const rows: string[][] = [];
for (const [name, tiles] of ways) {
  let [time, calls] = [0, 0];
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    time += performance.now() - start;
    calls++;
    return result;
  };
  let figures: readonly (number | undefined)[];
  if (task === "detect") {
    const detector = await loadDetector("ssdlite-coco");
    const detect = (image: ImageInput, options?: DetectOptions) =>
      timed(() => detector.detect(image, { ...options, tiles }));
    const { labels } = detector;
    const list = join(folder, "instances_val128.json");
    const { samples } = detectionSamples(await readDetections(folder, { list }), { labels });
    const found = await evaluateDetector({ ...detector, detect }, samples.slice(0, limit));
    figures = [found.ap, found.ap50, found.apSmall, found.apMedium, found.apLarge];
    detector.dispose();
  } else {
    const segmenter = await loadSegmenter("deeplabv3-voc");
    const segment = (image: ImageInput, options?: SegmentOptions) =>
      timed(() => segmenter.segment(image, { ...options, tiles }));
    const { labels } = segmenter;
    const samples = maskSamples(await readMasks(folder), { labels }).samples.slice(0, limit);
    const looking = { ...segmenter, segment } as typeof segmenter;
    const found = await evaluateSegmenter(looking, samples);
    figures = [found.meanIou, found.pixelAccuracy];
    segmenter.dispose();
  }
  rows.push([name, ...figures.map(percent), `${(time / calls).toFixed(0)} ms`]);
  console.error(rows.at(-1)!.join("  "));
}
const headings =
  task === "detect" ? ["AP", "AP50", "small", "medium", "large"] : ["mean IoU", "pixels"];
const columns = ["", ...headings, "a picture"].map((heading) => ({
  ...{ heading, align: "right" as const },
}));
console.log(formatTable(columns, rows));
