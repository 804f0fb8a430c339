/** `mobilenetv2 train --task detect` from pictures with boxes to a model that the other commands take. */
import { readdir, readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { TrueObject } from "../../src/data/samples.ts";
import { encodePng } from "../../src/image/png-node.ts";
import { dataFolder } from "../data-folder.ts";
import { boxClasses, drawBoxes } from "../train/toy-boxes.ts";
import { misfits } from "./json-schemas.ts";
import { mobilenetv2 } from "./program.ts";

const { at, put } = dataFolder("file");

/** Objects as PASCAL VOC notes them. */
function annotation(objects: readonly TrueObject[]): string {
  const noted = objects.map(({ classIndex, box: { x, y, width, height } }) => {
    const edges = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + width}</xmax><ymax>${y + height}</ymax>`;
    return `<object><name>${boxClasses[classIndex]}</name><bndbox>${edges}</bndbox></object>`;
  });
  return `<annotation>${noted.join("")}</annotation>`;
}

beforeAll(async () => {
  const parts = { train: [1, 31], test: [31, 35] } as const;
  for (const [part, [from, to]] of Object.entries(parts)) {
    for (let seed = from; seed < to; seed++) {
      const { image, objects } = drawBoxes(64, seed);
      await put(`data/${part}/${seed}.png`, await encodePng(image));
      await put(`data/${part}/${seed}.xml`, annotation(objects));
    }
  }
});

const task = ["train", "--task", "detect"];
const small = ["--width", "0.1", "--resolution", "64", "--batch", "6"];

describe("mobilenetv2 train --task detect", () => {
  it("makes a detector from scratch that the other commands take, and goes on", async () => {
    const about = ["--data", at("data"), "--out", at("model"), "--json"];
    const { code, stdout, stderr } = await mobilenetv2([
      ...[...task, ...about, ...small],
      ...["--epochs", "2"],
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    // About a fifth of the part to train on is held back, as there is none to validate with.
    expect(stderr).toMatch(/24 pictures to train on, 6 to test on/);
    const report = JSON.parse(stdout);
    expect(misfits("train", report)).toEqual([]);
    expect(report.chosen).toEqual({ from: "scratch", recipe: "detect" });
    expect(report.test).toMatchObject({ images: 4 });
    expect(report.epochs).toHaveLength(2);
    const names = ["epoch", "trainingLoss", "validationLoss", "validationAp50", "validationAp"];
    expect(Object.keys(report.epochs[0])).toEqual(names);
    const best = Math.max(
      ...report.epochs.map((epoch: { validationAp50: number }) => epoch.validationAp50),
    );
    expect(report.bestAp50).toBeCloseTo(best, 4);
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
      "test.json",
      "worst.png",
    ]);
    const card = await readFile(at("model", "MODEL_CARD.md"), "utf8");
    expect(card).toContain("24 to train on, 6 to test on, 4 kept for the end");
    expect(card).toMatch(/\| test part \| AP50 /);
    expect(card).toMatch(/\| disc \| \d+ \| \d+ \| /);

    const resumed = await mobilenetv2(["train", ...about, "--resume"]);
    const { chosen: _, ...rest } = report;
    expect([resumed.code, JSON.parse(resumed.stdout)]).toEqual([0, rest]);

    // Annotations in other words and another order are the same; a moved box is not.
    const goOn = () => mobilenetv2(["train", "--out", at("model"), "--resume"]);
    for (let seed = 1; seed < 31; seed++) {
      const { objects } = drawBoxes(64, seed);
      const rewritten = annotation(objects.toReversed()).replaceAll("><", ">\n  <");
      await put(`data/train/${seed}.xml`, rewritten);
    }
    expect(await goOn()).toMatchObject({ code: 0 });
    const { objects } = drawBoxes(64, 7);
    const [{ box: first, ...object }, ...others] = objects as [TrueObject, ...TrueObject[]];
    const moved = { ...object, box: { ...first, width: first.width - 1 } };
    await put("data/train/7.xml", annotation([moved, ...others]));
    const changed = await goOn();
    expect([changed.code, changed.stderr]).toEqual([
      1,
      expect.stringMatching(/to be learnt of pictures has changed.*others: "[^ ]*7\.png"\. Put/),
    ]);
    await put("data/train/7.xml", annotation(objects));

    const model = ["--model", at("model")];
    const picture = at("data", "test", "31.png");
    const found = await mobilenetv2(["detect", picture, ...model, "--json", "-s", "0"]);
    const [{ width, detections }] = JSON.parse(found.stdout);
    expect([found.code, width]).toEqual([0, 64]);
    expect(boxClasses).toContain(detections[0].label);
    const judge = ["evaluate", ...model, "--data", at("data"), "--json"];
    const evaluated = JSON.parse((await mobilenetv2(judge)).stdout);
    const test = JSON.parse(await readFile(at("model", "test.json"), "utf8"));
    expect(evaluated.ap50).toBeCloseTo(test.ap50, 4);

    const file = at("model.tflite");
    const images = ["--images", at("data", "train"), "--out", file];
    expect(await mobilenetv2(["quantize", ...model, ...images])).toMatchObject({ code: 0 });
    const smaller = await mobilenetv2(["detect", picture, "-m", file, "--json", "-s", "0"]);
    expect(smaller.code).toBe(0);
    expect(boxClasses).toContain(JSON.parse(smaller.stdout)[0].detections[0].label);
  }, 180_000);

  it("says what it needs", async () => {
    const about = ["--data", at("data"), "--out", at("none")];
    const masks = await mobilenetv2([...task, ...about, "--data-format", "camvid"]);
    expect([masks.code, masks.stderr]).toEqual([
      2,
      expect.stringMatching(/for boxes, received camvid/),
    ]);
    const other = await mobilenetv2(["train", ...about, "--loss", "focal"]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/--task detect/)]);
    const freeze = await mobilenetv2([...task, ...about, "--from", "cifar10", "--freeze", "head"]);
    expect([freeze.code, freeze.stderr]).toEqual([
      2,
      expect.stringMatching(/stem, block_0 … block_12/),
    ]);
    const wild = [...small, "--learning-rate", "1000"];
    const lost = await mobilenetv2([...task, ...about, ...wild, "--epochs", "20", "--quiet"]);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringMatching(/out of bounds/)]);
  }, 180_000);
});
