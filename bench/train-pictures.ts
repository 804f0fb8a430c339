/**
 * What large pictures cost training: a folder of 12-megapixel JPEGs and one of thumbnails of the same
 * pictures, trained on for some epochs in turns, since the machine's speed drifts. Prints images a second
 * of the first epoch and the median of the later ones, evaluation left out, and their ratio.
 * `node bench/run.js train-pictures --count 40 --epochs 6 --kept memory --width 0.5 --resolution 160`
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import sharp from "sharp";
import { formatTable } from "../src/cli/table.ts";
import { Random } from "../src/random.ts";
import { quantile } from "../src/timing.ts";
import { folderDataSet, openSamplePool, openSession, recipes } from "../src/train/index.ts";
import { argument } from "./arguments.ts";

const count = Number(argument("count", "40"));
const epochs = Number(argument("epochs", "6"));
const width = Number(argument("width", "0.5"));
const resolution = Number(argument("resolution", "160"));
const batch = Number(argument("batch", "8"));

/** Where decoded pictures are kept: `memory`, `disk`, or `nowhere`. */
const kept = argument("kept", "memory");

const large = { width: 4000, height: 3000 };
const thumbnail = { width: 400, height: 300 };
const sources = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"];

/** A photograph as a camera would have taken it, with grain, and its thumbnail. */
async function writePictures(folder: string, index: number): Promise<void> {
  const fill = { fit: "fill", kernel: "cubic" } as const;
  const source = `examples/images/${sources[index % sources.length]}`;
  const pixels = await sharp(source)
    .removeAlpha()
    .resize({ ...large, ...fill })
    .raw()
    .toBuffer();
  const random = new Random(index);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.min(255, Math.max(0, pixels[i]! + random.integer(17) - 8));
  }
  const raw = { ...large, channels: 3 } as const;
  const jpeg = { quality: 90 };
  const name = join(index % 2 === 0 ? "even" : "odd", `${index}.jpg`);
  const camera = await sharp(pixels, { raw }).jpeg(jpeg).toBuffer();
  await writeFile(join(folder, "large", name), camera);
  const small = sharp(pixels, { raw }).resize({ ...thumbnail, fit: "fill" });
  await writeFile(join(folder, "thumbnails", name), await small.jpeg(jpeg).toBuffer());
}

/** Images a second of each epoch, as it is asked for. */
async function* ratesOf(folder: string): AsyncGenerator<number, void> {
  const data = await folderDataSet(folder, { seed: 1 });
  const pool = openSamplePool({
    ...(kept === "memory" ? {} : { cacheBytes: 0 }),
    ...(kept === "disk" ? { cache: join(folder, ".kept") } : {}),
  });
  const recipe = { ...recipes["fine-tune"], epochs, batch };
  const session = await openSession({ data, recipe, seed: 1, width, resolution, pool });
  console.log(`${session.description}, ${folder}`);
  try {
    let [began, samples, ended] = [performance.now(), 0, 0];
    for await (const event of session.run()) {
      if (event.kind === "step") {
        samples += event.samples;
        ended = performance.now();
      } else if (event.kind === "epoch") {
        yield (1000 * samples) / (ended - began);
        [began, samples] = [performance.now(), 0];
      }
    }
  } finally {
    session.dispose();
    pool.dispose();
  }
}

// The pool's workers are a file beside the bench's.
await build({
  entryPoints: ["src/train/data/sample-worker-node.ts"],
  outfile: fileURLToPath(new URL("./sample-worker-node.js", import.meta.url)),
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
});
const folder = await mkdtemp(join(tmpdir(), "train-pictures-"));
try {
  for (const kind of ["large", "thumbnails"]) {
    for (const name of ["even", "odd"]) await mkdir(join(folder, kind, name), { recursive: true });
  }
  for (let i = 0; i < count; i++) await writePictures(folder, i);
  const kinds = ["thumbnails", "large"] as const;
  const runs = kinds.map((kind) => ratesOf(join(folder, kind)));
  const rates = kinds.map((): number[] => []);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [i, run] of runs.entries()) rates[i]!.push((await run.next()).value ?? 0);
  }
  for (const run of runs) await run.return();
  const [thumbnails, camera] = rates as [number[], number[]];
  const row = (name: string, of: (list: readonly number[]) => number): string[] => {
    const ratio = of(camera.map((rate, epoch) => rate / thumbnails[epoch]!));
    return [name, of(camera).toFixed(1), of(thumbnails).toFixed(1), ratio.toFixed(3)];
  };
  console.log(
    formatTable(
      [
        { heading: "images/s" },
        { heading: "12 megapixels", align: "right" },
        { heading: "thumbnails", align: "right" },
        { heading: "ratio", align: "right" },
      ],
      [
        row("first epoch", (list) => list[0]!),
        row("later epochs, median", (list) => quantile(list.slice(1), 0.5)),
      ],
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
