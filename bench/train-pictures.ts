/**
 * What large pictures cost training: a folder of 12-megapixel JPEGs and one of thumbnails of the same
 * pictures, trained on for some epochs. Prints images a second of the first epoch and of the later ones,
 * evaluation left out, and their ratio.
 * `node bench/run.js train-pictures --count 40 --epochs 4 --width 0.5 --resolution 160`
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
import { folderDataSet, openSamplePool, openSession, recipes } from "../src/train/index.ts";
import { argument } from "./arguments.ts";

const count = Number(argument("count", "40"));
const epochs = Number(argument("epochs", "4"));
const width = Number(argument("width", "0.5"));
const resolution = Number(argument("resolution", "160"));
const batch = Number(argument("batch", "8"));

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

/** Images a second of each epoch. */
async function trainOn(folder: string): Promise<number[]> {
  const data = await folderDataSet(folder, { seed: 1 });
  const pool = openSamplePool();
  const recipe = { ...recipes["fine-tune"], epochs, batch };
  const start = performance.now();
  const session = await openSession({ data, recipe, seed: 1, width, resolution, pool });
  console.log(`${session.description}, opened in ${(performance.now() - start).toFixed(0)} ms`);
  const rates: number[] = [];
  try {
    let [began, samples, ended] = [performance.now(), 0, 0];
    for await (const event of session.run()) {
      if (event.kind === "step") {
        samples += event.samples;
        ended = performance.now();
      } else if (event.kind === "epoch") {
        rates.push((1000 * samples) / (ended - began));
        [began, samples] = [performance.now(), 0];
      }
    }
  } finally {
    session.dispose();
    pool.dispose();
  }
  return rates;
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
  const of = { large: [] as number[], thumbnails: [] as number[] };
  for (const kind of ["thumbnails", "large"] as const) of[kind] = await trainOn(join(folder, kind));
  const later = (rates: readonly number[]): number =>
    rates.slice(1).reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length - 1);
  const row = (name: string, rate: (rates: readonly number[]) => number): string[] => {
    const [camera, small] = [rate(of.large), rate(of.thumbnails)];
    return [name, camera.toFixed(1), small.toFixed(1), (camera / small).toFixed(3)];
  };
  console.log(
    formatTable(
      [
        { heading: "images/s" },
        { heading: "12 megapixels", align: "right" },
        { heading: "thumbnails", align: "right" },
        { heading: "ratio", align: "right" },
      ],
      [row("first epoch", (rates) => rates[0]!), row("later epochs", later)],
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
