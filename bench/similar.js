/**
 * How well copies are told from other pictures: every fourth photograph of some folders is degraded in the
 * ways that copies come about, and each copy is compared with its original, all photographs with each
 * other. `npm run build && node bench/similar.js FOLDER…` writes recall and false pairs at the thresholds
 * that `similar` uses to bench/results/similar.json, and the table into docs/similar.md.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { groupCopies, loadDescriber, nearestPictures } from "mobilenetv2";
import sharp from "sharp";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: "string", default: "4" }, models: { type: "string" } },
});
const part = ({ width, height }, left, top, share) => ({
  left: Math.round(width * left),
  top: Math.round(height * top),
  width: Math.round(width * share),
  height: Math.round(height * share),
});
const scaled = (share) => (image, size) =>
  image.resize(Math.round(size.width * share), Math.round(size.height * share));
/** Each ends as a JPEG of quality 90 unless it says otherwise. */
const ways = {
  "half the size": scaled(0.5),
  "a quarter of the size": scaled(0.25),
  "JPEG, quality 30": (image) => image.jpeg({ quality: 30 }),
  "JPEG, quality 10": (image) => image.jpeg({ quality: 10 }),
  "cut by 5 % on each side": (image, size) => image.extract(part(size, 0.05, 0.05, 0.9)),
  "brighter by 30 %": (image) => image.linear(1.3, 10),
  "darker by 30 %": (image) => image.linear(0.7, 0),
  "without colours": (image) => image.greyscale(),
  "half the size, cut by 4 %, brighter, quality 50": (image, size) =>
    image
      .extract(part(size, 0.04, 0.04, 0.92))
      .linear(1.15, 0)
      .resize(Math.round(size.width / 2))
      .jpeg({ quality: 50 }),
  "cut by 20 % on two sides": (image, size) => image.extract(part(size, 0.2, 0, 0.8)),
  mirrored: (image) => image.flop(),
};
const describers = {
  "layout, cifar10": { by: "layout" },
  "layout, imagenet": { by: "layout", model: "imagenet" },
  "content, imagenet": { by: "content" },
  "content, ssdlite-coco": { by: "content", model: "ssdlite-coco" },
};
const thresholds = { layout: 0.7, content: 0.8 };

const files = [];
for (const folder of positionals) {
  for (const name of (await readdir(folder)).sort()) {
    if (/\.(jpe?g|png|webp)$/i.test(name)) files.push(join(folder, name));
  }
}
const every = Number(values.every);
const results = {};
for (const name of values.models?.split(";") ?? Object.keys(describers)) {
  const { by } = describers[name];
  const threshold = thresholds[by];
  const describer = await loadDescriber(describers[name]);
  const pictures = [];
  const scores = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (const [i, file] of files.entries()) {
    const bytes = await readFile(file);
    const vector = await describer.describe(bytes);
    pictures.push({ name: file, bytes: bytes.length, modified: 0, vector });
    if (i % every !== 0) continue;
    const size = await sharp(bytes).metadata();
    const own = { maker: describer.maker, pictures: [pictures[i]] };
    for (const [way, degrade] of Object.entries(ways)) {
      const copy = degrade(sharp(bytes), size);
      const isJpeg = copy.options.formatOut === "jpeg" && copy.options.jpegQuality !== 80;
      const degraded = await (isJpeg ? copy : copy.jpeg({ quality: 90 })).toBuffer();
      scores[way].push(nearestPictures(own, await describer.describe(degraded))[0].score);
    }
  }
  const index = { maker: describer.maker, pictures };
  const groups = await groupCopies(index, { threshold });
  const highest = pictures
    .flatMap((one, i) =>
      nearestPictures({ ...index, pictures: pictures.slice(i + 1) }, one.vector, { topK: 20 }),
    )
    .map(({ score }) => score)
    .sort((a, b) => b - a);
  const ways100 = Object.entries(scores).map(([way, list]) => {
    const found = list.filter((score) => score >= threshold).length;
    const least = Math.min(...list);
    return [way, { recall: round(found / list.length), least: round(least) }];
  });
  results[name] = {
    threshold,
    photographs: files.length,
    degraded: scores.mirrored.length,
    pairs: (files.length * (files.length - 1)) / 2,
    groups: groups.length,
    falsePairs: highest.filter((score) => score >= threshold).length,
    highestOfOthers: highest.slice(0, 3).map(round),
    copies: Object.fromEntries(ways100),
  };
  console.log(name, JSON.stringify(results[name], undefined, 1));
  describer.dispose();
}
const root = fileURLToPath(new URL("..", import.meta.url));
await writeFile(
  join(root, "bench/results/similar.json"),
  `${JSON.stringify(results, undefined, 1)}\n`,
);
const names = Object.keys(results);
const lines = [
  ["copies found, and the least score", ...names],
  ["---", ...names.map(() => "---:")],
  ...Object.keys(ways).map((way) => [
    way,
    ...names.map((name) => {
      const { recall, least } = results[name].copies[way];
      return `${(100 * recall).toFixed(0)} %, ${least.toFixed(2)}`;
    }),
  ]),
  ["**threshold**", ...names.map((name) => results[name].threshold.toFixed(2))],
  ["pairs of others that reach it", ...names.map((name) => `${results[name].falsePairs}`)],
  [
    "the highest others",
    ...names.map((name) => results[name].highestOfOthers.map((one) => one.toFixed(2)).join(", ")),
  ],
];
const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const guide = join(root, "docs/similar.md");
const text = await readFile(guide, "utf8");
const marks = /(<!-- similar:start -->)[\s\S]*(<!-- similar:end -->)/;
await writeFile(
  guide,
  text.replace(marks, (_, start, end) => `${start}\n${table}\n${end}`),
);

function round(value) {
  return Number(value.toFixed(3));
}
