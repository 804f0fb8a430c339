/** `train --task multi-label`: from a list of pictures of several classes to a model that scores each by itself. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";
import { misfits } from "./json-schemas.ts";
import { mobilenetv2 } from "./program.ts";

let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-multi-label-"));
  await mkdir(at("pictures"));
  const lines = ["path,labels"];
  for (let i = 0; i < 48; i++) {
    const random = new Random(3, i);
    const has = ["red", "blue"].filter((_, bit) => (i >> bit) & 1);
    const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => {
      const channel = ["red", "green", "blue"][at % 3]!;
      return 30 + random.integer(50) + (has.includes(channel) ? 120 : 0);
    });
    await writeFile(at("pictures", `${i}.png`), await encodePng({ width: 24, height: 24, data }));
    lines.push(`pictures/${i}.png,${has.join(";")}`);
  }
  await writeFile(at("colors.csv"), lines.join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("makes a model that scores each class by itself, and goes on", async () => {
  const small = ["--width", "0.1", "--resolution", "32", "--batch", "8", "--recipe", "small"];
  const args = ["train", "--task", "multi-label", "--data", at("colors.csv"), "--out", at("model")];
  const trained = await mobilenetv2([...args, ...small, "--epochs", "12", "--json"]);
  expect([trained.code, trained.stderr]).toEqual([0, expect.stringMatching(/mAP 1?\d\d\.\d %/)]);
  const report = JSON.parse(trained.stdout);
  expect(misfits("train", report)).toEqual([]);
  expect(report.bestMeanAp).toBeGreaterThan(0.9);
  expect(report.epochs).toHaveLength(12);
  expect((await readdir(at("model"))).sort()).toEqual([
    ".run-paths.json",
    "MODEL_CARD.md",
    "checkpoint.safetensors",
    "class-ap.svg",
    "curves.svg",
    "evaluation.json",
    "metrics.jsonl",
    "model.json",
    "model.safetensors",
    "report.html",
    "run.json",
  ]);
  expect(await readFile(at("model", "MODEL_CARD.md"), "utf8")).toMatch(
    /scores each class by itself.*[\s\S]*\| blue \| \d+ \| \d+ \| \d+\.\d % \|/,
  );
  const classified = await mobilenetv2([
    ...["classify", at("pictures", "3.png"), "--model", at("model"), "--json"],
  ]);
  expect(classified.code).toBe(0);
  const [{ predictions }] = JSON.parse(classified.stdout);
  expect(predictions.map(({ label }: { label: string }) => label).sort()).toEqual(["blue", "red"]);
  const shown = await mobilenetv2(["classify", at("pictures", "3.png"), "--model", at("model")]);
  expect(shown.stdout).toMatch(/each class by itself: scores do not sum to 100 %/);
  const evaluate = ["evaluate", "--model", at("model"), "--data", at("colors.csv"), "--json"];
  const judged = JSON.parse((await mobilenetv2(evaluate)).stdout);
  const { samples: held } = JSON.parse(await readFile(at("model", "evaluation.json"), "utf8"));
  expect(judged).toMatchObject({
    images: held,
    trainedOn: { pictures: 48 - held, counted: false },
  });
  // The same pictures and weights; only scores that are equal but for rounding could change places.
  expect(judged.meanAp).toBeCloseTo(report.bestMeanAp, 6);
  const resumed = await mobilenetv2(["train", "--resume", "--out", at("model"), "--json"]);
  expect([resumed.code, JSON.parse(resumed.stdout).bestMeanAp]).toEqual([0, report.bestMeanAp]);
});

it("is trained on with 8 bits simulated, into a file that scores each class by itself", async () => {
  const data = ["--data", at("colors.csv"), "--task", "multi-label"];
  const from = ["--from", at("model"), "--quantize-aware", "--epochs", "1", "--batch", "8"];
  const out = ["--out", at("eight"), "--json"];
  const { code, stdout, stderr } = await mobilenetv2(["train", ...data, ...from, ...out]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/has the data's classes/)]);
  const { quantized, bestMeanAp } = JSON.parse(stdout);
  expect(quantized).toMatchObject({ file: "model.tflite", simulated: bestMeanAp });
  expect(quantized.measured).toBeGreaterThan(0.8);
  expect(quantized.agreement).toBeGreaterThan(0.8);
  const card = await readFile(at("eight", "MODEL_CARD.md"), "utf8");
  expect(card).toMatch(
    /`model\.tflite` \| mAP \d.* of one mind .* as simulated in training mAP \d/,
  );
  const report = await readFile(at("eight", "report.html"), "utf8");
  expect(report).toMatch(/true: (?:red|blue)/);
  const file = at("eight", "model.tflite");
  const shown = await mobilenetv2(["classify", at("pictures", "3.png"), "--model", file]);
  expect(shown.stdout).toMatch(/each class by itself: scores do not sum to 100 %/);
});

it("wants a list", async () => {
  const args = ["train", "--task", "multi-label", "--data", at("pictures"), "--out", at("none")];
  const { code, stderr } = await mobilenetv2(args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/come as a list.*path,cat;dog/)]);
});
