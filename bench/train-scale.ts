/**
 * What training loses or gains by smaller copies of large pictures: a few pictures of some of CIFAR-10's
 * classes, enlarged to a camera's size with grain and saved as JPEG, trained on from a detector's weights
 * with copies and with all pixels (`decode: "full"`), and the same pictures as they were. Prints the last
 * epoch's accuracy on other pictures, decoded in the same way, for some draws of pictures.
 * `node bench/run.js train-scale --classes airplane,automobile,horse --edge 1200 --draws 3`
 */
import sharp from "sharp";
import { formatTable } from "../src/cli/table.ts";
import type { RgbImage } from "../src/image/image.ts";
import { decodeImage, loadModel } from "../src/index.ts";
import { Random } from "../src/random.ts";
import { cifar10DataSet, openSession, type Pictures, recipes } from "../src/train/index.ts";
import { argument } from "./arguments.ts";

const names = argument("classes", "airplane,automobile,horse").split(",");
const edge = Number(argument("edge", "1200"));
const draws = Number(argument("draws", "3"));
const perClass = { training: 20, validation: 60 };

/** A picture as a camera would have taken it. */
async function enlarge({ width, height, data }: RgbImage, seed: number): Promise<Uint8Array> {
  const raw = { width, height, channels: 3 } as const;
  const size = { width: edge, height: edge, fit: "fill", kernel: "cubic" } as const;
  const pixels = await sharp(data, { raw }).resize(size).raw().toBuffer();
  const random = new Random(seed);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.min(255, Math.max(0, pixels[i]! + random.integer(17) - 8));
  }
  const enlarged = sharp(pixels, { raw: { width: edge, height: edge, channels: 3 } });
  return await enlarged.jpeg({ quality: 90 }).toBuffer();
}

/** So many pictures of each class as JPEG files in memory, and as they were. */
async function draw(from: Pictures, classes: readonly number[], most: number, seed: number) {
  const chosen: { readonly label: number; readonly small: RgbImage; readonly file: Uint8Array }[] =
    [];
  const counts = new Map<number, number>();
  for (const index of new Random(seed, 100).permutation(from.count)) {
    const label = classes.indexOf(from.label(index));
    const count = counts.get(label) ?? 0;
    if (label < 0 || count === most) continue;
    counts.set(label, count + 1);
    const small = await from.picture(index);
    chosen.push({ label, small, file: await enlarge(small, index) });
  }
  const shared = {
    count: chosen.length,
    name: (index: number) => `${index}`,
    label: (index: number) => chosen[index]!.label,
  };
  const large: Pictures = {
    ...shared,
    picture: (index, least) => decodeImage(chosen[index]!.file, { least }),
  };
  return { large, small: { ...shared, picture: async (index: number) => chosen[index]!.small } };
}

const cifar = await cifar10DataSet();
const classes = names.map((name) => cifar.classes.indexOf(name));
const from = await loadModel("ssdlite-coco");
const ways = ["as they were", "copies", "all pixels"] as const;
const rows: string[][] = [];
for (let seed = 1; seed <= draws; seed++) {
  const training = await draw(cifar.training, classes, perClass.training, seed);
  const validation = await draw(cifar.validation, classes, perClass.validation, seed);
  const row: string[] = [`${seed}`];
  for (const way of ways) {
    const kind = way === "as they were" ? "small" : "large";
    const session = await openSession({
      data: { name: way, classes: names, training: training[kind], validation: validation[kind] },
      ...{ recipe: recipes.few, seed: 1, from, freeze: "block_13", resolution: 128 },
      decode: way === "all pixels" ? "full" : "scaled",
    });
    let accuracy = 0;
    for await (const event of session.run()) {
      if (event.kind === "epoch") accuracy = event.validation?.accuracy ?? 0;
    }
    session.dispose();
    row.push(`${(100 * accuracy).toFixed(1)} %`);
  }
  rows.push(row);
  console.log(row.join("  "));
}
console.log(
  formatTable(
    ["draw", ...ways].map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
