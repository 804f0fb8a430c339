/**
 * Names every picture of a folder, a few under way at once, and prints a line of JSON for each:
 *
 *   node examples/batch.js photos > names.jsonl
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadClassifier } from "mobilenetv2";

const folder = process.argv[2] ?? "examples/images";
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name));
const classifier = await loadClassifier(process.env.MODEL ?? "cifar10");

// Each picture is read when its turn comes, so that a folder of any size takes little memory.
const pictures = names.map((name) => () => readFile(join(folder, name)));
for await (const { index, result, error } of classifier.classifyEach(pictures, { topK: 1 })) {
  const [best] = result ?? [];
  console.log(JSON.stringify({ name: names[index], ...best, error: error?.message }));
}
classifier.dispose();
