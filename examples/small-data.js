/**
 * Makes a small data set as people have it: a folder of pictures for each class, 20 to train on and 100
 * to test on, from CIFAR-10 or MNIST. Train on it with
 *
 *   node examples/small-data.js --classes airplane,automobile,horse --out small
 *   npx mobilenetv2 train --data small --from ssdlite-coco --resolution 128 --freeze block_13 --recipe few --out model
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cifar10DataSet, mnistDataSet, Random } from "mobilenetv2/train";
import sharp from "sharp";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "cifar10" },
    out: { type: "string", default: "small" },
    classes: { type: "string" },
    train: { type: "string", default: "20" },
    val: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
});

const data = await (values.data === "mnist" ? mnistDataSet() : cifar10DataSet());
const wanted = values.classes?.split(",") ?? data.classes;
const parts = [
  ["train", data.training, Number(values.train)],
  ["val", data.validation, Number(values.val)],
];
for (const [part, pictures, most] of parts) {
  const counts = new Map();
  for (const index of new Random(Number(values.seed), 100).permutation(pictures.count)) {
    const name = data.classes[pictures.label(index)];
    const count = counts.get(name) ?? 0;
    if (!wanted.includes(name) || count === most) continue;
    counts.set(name, count + 1);
    const folder = join(values.out, part, name);
    await mkdir(folder, { recursive: true });
    const { width, height, data: pixels } = await pictures.picture(index);
    const raw = { width, height, channels: 3 };
    await sharp(pixels, { raw })
      .png()
      .toFile(join(folder, `${index}.png`));
  }
}
console.log(
  `${values.out}: ${wanted.length} classes, ${values.train} and ${values.val} pictures each`,
);
