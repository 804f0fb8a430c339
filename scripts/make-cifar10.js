/**
 * Makes the model that this package carries, models/cifar10.tflite, from the folder of a training run:
 * 8 bits, calibrated on 1000 pictures of the training part, 100 or so of each class. docs/training.md has
 * the run. `npm run build && node scripts/make-cifar10.js RUN`
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { quantize } from "mobilenetv2";
import { cifar10DataSet } from "mobilenetv2/train";

const [run] = process.argv.slice(2);
if (run === undefined) throw new Error("name the folder of a training run");
const { training } = await cifar10DataSet();
const images = Array.from({ length: 1000 }, (_, i) => () => training.picture(50 * i));
const { file, report } = await quantize(resolve(run), { images, io: "uint8" });
await mkdir("models", { recursive: true });
await writeFile("models/cifar10.tflite", file);
const sha256 = createHash("sha256").update(file).digest("hex");
console.log(JSON.stringify({ bytes: file.length, sha256, agreement: report.agreement }, null, 2));
