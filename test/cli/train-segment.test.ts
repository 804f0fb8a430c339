/** `mobilenetv2 train --task segment` from pictures with masks to a model that the other commands take. */
import { readdir, readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeIndexedPng, encodePng } from "../../src/image/png-node.ts";
import { dataFolder } from "../data-folder.ts";
import { drawShapes, shapeClasses } from "../train/toy-shapes.ts";
import { misfits } from "./json-schemas.ts";
import { mobilenetv2 } from "./program.ts";

const { at, put } = dataFolder("file");

beforeAll(async () => {
  const parts = { train: [0, 30], test: [30, 34] } as const;
  for (const [part, [from, to]] of Object.entries(parts)) {
    for (let seed = from; seed < to; seed++) {
      const { image, mask } = drawShapes(48, seed);
      // What does not count is 9 here.
      const classMap = mask.classMap.map((value) => (value === 255 ? 9 : value));
      await put(`data/${part}/${seed}.png`, await encodePng(image));
      const file = await encodeIndexedPng({ ...mask, classMap });
      await put(`data/${part}annot/${seed}.png`, file);
    }
  }
});

const task = ["train", "--task", "segment"];
const named = ["--classes", shapeClasses.join(","), "--void", "9"];
const small = ["--width", "0.1", "--batch", "6", "--epochs", "2", "--learning-rate", "0.005"];

describe("mobilenetv2 train --task segment", () => {
  it("makes a segmenter from scratch that the other commands take, and goes on", async () => {
    const about = ["--data", at("data"), "--out", at("model"), "--json"];
    const balanced = ["--class-weights", "balanced", "--output-stride", "8"];
    const { code, stdout, stderr } = await mobilenetv2([
      ...task,
      ...about,
      ...named,
      ...small,
      ...balanced,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    // A fifth of the part to train on is held back, as there is none to validate with.
    expect(stderr).toMatch(/24 pictures to train on, 6 to test on/);
    const report = JSON.parse(stdout);
    expect(misfits("train", report)).toEqual([]);
    expect(report.chosen).toMatchObject({ recipe: "segment", resolution: [48, 48] });
    expect(report.test).toMatchObject({ images: 4 });
    expect(report.epochs).toHaveLength(2);
    const [first] = report.epochs;
    expect(Object.keys(first)).toEqual([
      ...["epoch", "trainingLoss", "validationLoss"],
      ...["validationMeanIou", "validationPixelAccuracy"],
    ]);
    const best = Math.max(
      ...report.epochs.map((epoch: { validationMeanIou: number }) => epoch.validationMeanIou),
    );
    expect(report.bestMeanIou).toBeCloseTo(best, 4);
    expect((await readdir(at("model"))).sort()).toEqual([
      ".run-paths.json",
      "MODEL_CARD.md",
      "checkpoint.safetensors",
      "class-iou.svg",
      "confusion.svg",
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
    expect(card).toMatch(/\| test part \| mIoU \d+\.\d %/);
    expect(card).toMatch(/\| disc \| [\d,]+ \| /);

    const resumed = await mobilenetv2([...task.slice(0, 1), ...about, "--resume"]);
    const { chosen: _, ...rest } = report;
    expect([resumed.code, JSON.parse(resumed.stdout)]).toEqual([0, rest]);

    // Of another mask something else is to be learnt.
    const maskPath = "data/trainannot/7.png";
    const whole = await readFile(at(maskPath));
    const { mask } = drawShapes(48, 7);
    await put(maskPath, await encodeIndexedPng({ ...mask, classMap: mask.classMap.fill(0) }));
    const changed = await mobilenetv2(["train", "--out", at("model"), "--resume"]);
    expect([changed.code, changed.stderr]).toEqual([
      1,
      expect.stringMatching(/to be learnt of pictures has changed.*others: "[^ ]*7\.png"\. Put/),
    ]);
    await put(maskPath, whole);

    const picture = at("data", "test", "30.png");
    const segmented = await mobilenetv2(["segment", picture, "--model", at("model"), "--json"]);
    const [{ width, height }] = JSON.parse(segmented.stdout);
    expect([segmented.code, width, height]).toEqual([0, 48, 48]);
    const judge = [
      "evaluate",
      "--model",
      at("model"),
      "--data",
      at("data"),
      "--void",
      "9",
      "--json",
    ];
    const evaluated = JSON.parse((await mobilenetv2(judge)).stdout);
    const test = JSON.parse(await readFile(at("model", "test.json"), "utf8"));
    expect(evaluated.meanIou).toBeCloseTo(test.meanIou, 3);

    // What the new network is like is not said of the model that it starts from.
    const onward = ["--from", at("model"), "--output-stride", "8", "--resolution", "32"];
    const { stdout: next, stderr: news } = await mobilenetv2([
      ...task,
      ...["--data", at("data"), "--out", at("onward"), ...named, ...onward, "--json"],
      ...["--epochs", "1", "--batch", "6"],
    ]);
    expect(news).toMatch(/24 pictures to train on/);
    expect(JSON.parse(next).epochs).toHaveLength(1);
    const { architecture } = JSON.parse(await readFile(at("onward", "model.json"), "utf8"));
    expect(architecture).toMatchObject({ outputStride: 8, resolution: [32, 32] });
  }, 180_000);

  it("says what it needs", async () => {
    const about = ["--data", at("data"), "--out", at("none")];
    const nameless = await mobilenetv2([...task, ...about, ...small]);
    expect(nameless.code).not.toBe(0);
    expect(nameless.stderr).toMatch(/nobody has named the classes.*--classes/s);
    const boxes = await mobilenetv2([...task, ...about, ...named, "--data-format", "yolo"]);
    expect([boxes.code, boxes.stderr]).toEqual([
      2,
      expect.stringMatching(/for masks, received yolo/),
    ]);
    const value = await mobilenetv2([
      ...task,
      ...about,
      ...small,
      "--classes",
      shapeClasses.join(","),
      ...["--damaged", "stop"],
    ]);
    expect([value.code, value.stderr]).toEqual([1, expect.stringMatching(/no class.*--void/s)]);
    const other = await mobilenetv2(["train", ...about, "--void", "9"]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/--task segment/)]);
  });
});
