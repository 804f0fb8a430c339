/**
 * The question of decode-scale.ts for detectors and segmenters: COCO's pictures are enlarged to a
 * camera's size with grain and decoded whole and at 1, 1.5 and 2 times what the network sees. For each:
 * mAP or mIoU, and how far the answer is that for the picture itself: the share of its objects above
 * the score 0.5 that are found again (same class, overlap over half), or of its pixels of one class.
 * `node bench/run.js decode-scale-tasks --task detect --model ssdlite-coco --data FOLDER --edge 2400`; FOLDER holds
 * `images` and `instances_val128.json`, or PASCAL VOC's folders.
 */
import { join } from "node:path";
import { formatTable } from "../src/cli/table.ts";
import { decodeImage } from "../src/image/decode-node.ts";
import type { ImageSize, Rectangle, RgbImage } from "../src/image/image.ts";
import { leastCopy } from "../src/image/preprocess.ts";
import {
  type Detection,
  detectionSamples,
  evaluateDetector,
  evaluateSegmenter,
  loadDetector,
  loadModel,
  loadSegmenter,
  maskSamples,
  readDetections,
  readMasks,
} from "../src/index.ts";
import { argument } from "./arguments.ts";
import { enlarge } from "./camera-pictures.ts";

const [task, folder] = [argument("task", "detect"), argument("data", "coco")];
const edge = Number(argument("edge", "2400"));
const limit = Number(argument("limit", "128"));
const model = await loadModel(
  argument("model", task === "detect" ? "ssdlite-coco" : "deeplabv3-voc"),
);

/** Of the network's input; leastCopy's own factor is what it is compared with. */
const [factors, own] = [[1, 1.5, 2], 2];
const ways = ["itself", "whole", ...factors.map((factor) => `${factor} ×`)];

/** A picture in every way in which it is looked at, and how much larger it became. */
interface Copies {
  readonly images: readonly RgbImage[];
  readonly ratio: number;
}

async function copiesOf(small: RgbImage, seed: number): Promise<Copies> {
  const ratio = edge / Math.max(small.width, small.height);
  const size = {
    width: Math.round(small.width * ratio),
    height: Math.round(small.height * ratio),
  };
  const file = await enlarge(small, { size, grain: 8, quality: 90, seed });
  const images = [small, await decodeImage(file)];
  for (const factor of factors) {
    const least = (of: ImageSize): ImageSize => {
      const { width, height } = leastCopy(of, model.preprocess);
      return { width: (width * factor) / own, height: (height * factor) / own };
    };
    images.push(await decodeImage(file, { least }));
  }
  return { images, ratio };
}

const scaled = ({ x, y, width, height }: Rectangle, by: number): Rectangle => ({
  x: x * by,
  y: y * by,
  width: width * by,
  height: height * by,
});

function overlap(a: Rectangle, b: Rectangle): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const both = Math.max(across, 0) * Math.max(down, 0);
  return both / (a.width * a.height + b.width * b.height - both);
}

/** The value of a map at another size, pixel by pixel. */
function resized(map: Uint8Array, from: ImageSize, to: ImageSize): Uint8Array {
  return Uint8Array.from({ length: to.width * to.height }, (_, i) => {
    const x = Math.floor((((i % to.width) + 0.5) * from.width) / to.width);
    const y = Math.floor(((Math.floor(i / to.width) + 0.5) * from.height) / to.height);
    return map[y * from.width + x]!;
  });
}

/** Of each way: what is found again of the picture itself, of how much, and how sure that is. */
const again = ways.map(() => ({ found: 0, of: 0, sure: 0 }));
const scores: number[] = [];

if (task === "detect") {
  const detector = await loadDetector(model);
  const list = join(folder, "instances_val128.json");
  const matched = detectionSamples(await readDetections(folder, { list }), {
    labels: model.labels,
  });
  const { classes } = matched;
  const samples = matched.samples.slice(0, limit);
  const copies = await Promise.all(samples.map(async (s, i) => copiesOf(await s.read(), i)));
  for (const way of ways.keys()) {
    const seen = samples.map((sample, i) => {
      const by = way === 0 ? 1 : copies[i]!.ratio;
      const objects = sample.objects.map(({ area, box, ...rest }) => {
        const larger = area === undefined ? {} : { area: area * by * by };
        return { ...rest, ...larger, box: scaled(box, by) };
      });
      return { ...sample, objects, read: () => copies[i]!.images[way]! };
    });
    const { ap, ap50 } = await evaluateDetector(detector, seen, { classes });
    console.log(ways[way], "AP", ap?.toFixed(4), "AP50", ap50?.toFixed(4));
    scores.push(ap ?? 0);
  }
  for (const { images, ratio } of copies) {
    const sure = { scoreThreshold: 0.5 };
    const first = (await detector.detect(images[0]!, sure)).detections;
    for (const [way, image] of images.entries()) {
      const { detections } = await detector.detect(image, { scoreThreshold: 0.25 });
      for (const wanted of first) {
        const box = scaled(wanted.box, way === 0 ? 1 : ratio);
        const best = detections.find(
          (other: Detection) => other.index === wanted.index && overlap(other.box, box) > 0.5,
        );
        again[way]!.of++;
        again[way]!.found += Number(best !== undefined);
        again[way]!.sure += best?.score ?? 0;
      }
    }
  }
} else {
  const segmenter = await loadSegmenter(model);
  const { labels } = segmenter;
  const samples = maskSamples(await readMasks(folder), { labels }).samples.slice(0, limit);
  const copies = await Promise.all(samples.map(async (s, i) => copiesOf(await s.read(), i)));
  for (const way of ways.keys()) {
    const seen = samples.map((sample, i) => ({
      ...sample,
      read: () => copies[i]!.images[way]!,
      async readMask() {
        const mask = await sample.readMask();
        const { width, height } = copies[i]!.images[way === 0 ? 0 : 1]!;
        return { width, height, classMap: resized(mask.classMap, mask, { width, height }) };
      },
    }));
    const { meanIou } = await evaluateSegmenter(segmenter, seen);
    console.log(ways[way], "mIoU", meanIou.toFixed(4));
    scores.push(meanIou);
  }
  for (const { images } of copies) {
    const first = await segmenter.segment(images[0]!);
    for (const [way, image] of images.entries()) {
      const { classMap, classes, ...size } = await segmenter.segment(image);
      const small = resized(classMap, size, first);
      again[way]!.of += small.length;
      for (let i = 0; i < small.length; i++) {
        again[way]!.found += Number(small[i] === first.classMap[i]);
      }
      for (const { fraction, score } of classes)
        again[way]!.sure += fraction * score * small.length;
    }
  }
}
const headings = [
  "decoded",
  task === "detect" ? "mAP" : "mIoU",
  "as for the picture itself",
  "how sure",
];
console.log(
  formatTable(
    headings.map((heading, i) => (i === 0 ? { heading } : { heading, align: "right" })),
    again.map(({ found, of, sure }, way) => [
      ways[way]!,
      ...[scores[way]!, found / of, sure / of].map((share) => `${(100 * share).toFixed(1)} %`),
    ]),
  ),
);
