/**
 * `evaluate` of a model of several labels, from outside: a small network with random weights on the example
 * photographs. What is true is what `classify` says of them, but for what a test changes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { smallModelFiles } from "../browser/models.ts";
import { dataFolder } from "../data-folder.ts";
import { mobilenetv2, type Outcome } from "./program.ts";
import { tagsModelFiles } from "./tags-model.ts";

const labels = ["ant", "bee", "cat", "dog", "eel"];
const photos = "examples/images";
const { at, put } = dataFolder("file");
let model: string;
/** By picture: the score of each class. */
let scores: ReadonlyMap<string, readonly number[]>;
/** Between two of the scores: about half of them are above. */
let threshold: number;

beforeAll(async () => {
  model = at("tags");
  for (const [name, bytes] of tagsModelFiles(labels)) await put(`tags/${name}`, bytes);
  for (const [name, bytes] of smallModelFiles()) await put(`single/${name}`, bytes);
  await put("single/labels.txt", `${labels.join("\n")}\n`);
  const { stdout } = await mobilenetv2(["classify", photos, "-m", model, "--json"]);
  const items: { image: string; predictions: { index: number; score: number }[] }[] =
    JSON.parse(stdout);
  scores = new Map(
    items.map(({ image, predictions }) => [
      basename(image),
      labels.map((_, index) => predictions.find((one) => one.index === index)?.score ?? 0),
    ]),
  );
  const sorted = [...scores.values()].flat().sort((a, b) => a - b);
  threshold = (sorted[9]! + sorted[10]!) / 2;
});

const evaluate = (list: string, ...args: string[]): Promise<Outcome> =>
  mobilenetv2(["evaluate", "-m", model, "-d", photos, "--list", list, ...args]);

/** A list of the photographs with the classes that the model finds in each. */
function foundList(name: string, change = (found: readonly string[]) => found): Promise<string> {
  const lines = [...scores].map(([photo, row], at) => {
    const found = labels.filter((_, index) => row[index]! >= threshold);
    return [photo, (at === 0 ? change(found) : found).join(";")].join(",");
  });
  return put(name, ["path,labels", ...lines].join("\n"));
}

describe("evaluate, of a model of several labels", () => {
  it("agrees with the classes that it finds itself", async () => {
    const args = ["--threshold", `${threshold}`, "--json"];
    const { code, stdout } = await evaluate(await foundList("found.csv"), ...args);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schemaVersion: 2, task: "multi-label", images: scores.size });
    // Every class's pictures score above the threshold, and so above all others.
    expect(report).toMatchObject({ meanAp: 1, microF1: 1, macroF1: 1, exactMatch: 1, top1: 1 });
  });

  it("counts at 0.5 where nobody says, and prints and draws it", async () => {
    // The first photograph has every class, so that no class is without one.
    const list = await foundList("changed.csv", () => labels);
    const out = at("made/report");
    const { code, stdout } = await evaluate(list, "--out", out);
    expect(code).toBe(0);
    expect(stdout).toMatch(/mAP +\d/);
    expect(stdout).toContain("a class is found where its score is at least 0.5");
    expect(readdirSync(out).sort()).toEqual(["class-ap.svg", "report.json"]);
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    expect(report).toMatchObject({ threshold: 0.5, withoutPictures: [] });
    const predicted = labels.map((_, index) => {
      return [...scores.values()].filter((row) => row[index]! >= 0.5).length;
    });
    expect(report.classes.map((one: { predicted: number }) => one.predicted)).toEqual(predicted);
    for (const { label } of report.classes) expect(stdout).toContain(label);
  });

  it("names the classes that no picture has", async () => {
    const list = await put("few.csv", "chelsea.png,cat\nrocket.jpg,\n");
    const { stdout } = await evaluate(list);
    expect(stdout).toContain("in no image, left out of mAP: ant, bee, dog, eel\n");
    const report = JSON.parse((await evaluate(list, "--json")).stdout);
    expect(report.withoutPictures).toEqual(["ant", "bee", "dog", "eel"]);
    const [chelsea, rocket] = ["chelsea.png", "rocket.jpg"].map((name) => scores.get(name)![2]!);
    // The one cat is first, or second of two.
    expect(report.meanAp).toBe(chelsea! > rocket! ? 1 : 0.5);
  });

  it("takes folders of classes as one class a picture", async () => {
    for (const photo of ["chelsea.png", "coffee.png"]) {
      await put(`folders/cat/${photo}`, readFileSync(join(photos, photo)));
    }
    const data = at("folders");
    const { code, stdout } = await mobilenetv2(["evaluate", "-m", model, "-d", data, "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    // Where every picture has the class, every order is right.
    expect(report).toMatchObject({ task: "multi-label", images: 2, meanAp: 1 });
  });

  it("compares two of its kind", async () => {
    const list = await foundList("compared.csv");
    const { comparison, meanAp } = JSON.parse(
      (await evaluate(list, "--compare", model, "--json")).stdout,
    );
    expect(comparison).toMatchObject({ agreement: 1, meanAp });
  });

  it("compares with a model of one label by the best class, on pictures of one class", async () => {
    const lines = [...scores].map(([photo, row]) => [photo, labels[row.indexOf(Math.max(...row))]]);
    const list = await put("best.csv", lines.map((line) => line.join(",")).join("\n"));
    const pictures = ["-d", photos, "--list", list];
    const mixed = await evaluate(list, "--compare", at("single"), "--json");
    expect(mixed.code).toBe(0);
    expect(mixed.stderr).toMatch(/tags scores each class by itself.*judged by their best class/);
    // As it is judged alone, where pictures happen to have one class.
    const alone = JSON.parse((await evaluate(list, "--json")).stdout);
    expect(alone.task).toBe("multi-label");
    const report = JSON.parse(mixed.stdout);
    expect(report).toMatchObject({ task: "classify", model: "tags", top1: alone.top1 });
    const single = await mobilenetv2(["evaluate", "-m", at("single"), ...pictures, "--json"]);
    expect(report.comparison.top1).toBe(JSON.parse(single.stdout).top1);

    const turned = ["-m", at("single"), ...pictures, "--compare", model];
    const other = await mobilenetv2(["evaluate", ...turned, "--json", "--quiet"]);
    expect(other).toMatchObject({ code: 0, stderr: "" });
    const { comparison, ...first } = JSON.parse(other.stdout);
    expect([first.top1, comparison.top1]).toEqual([report.comparison.top1, report.top1]);

    const several = await evaluate(
      await foundList("mixed.csv", () => labels),
      "--compare",
      at("single"),
    );
    expect(several).toMatchObject({ code: 1, stdout: "" });
    expect(several.stderr).toMatch(/several classes.*only models that score each class by itself/);
    const told = await evaluate(list, "--compare", at("single"), "--threshold", "0.3");
    expect(told).toMatchObject({ code: 2, stdout: "" });
    expect(told.stderr).toContain("has no --threshold");
  });

  it("refuses what a model of one label cannot be judged by", async () => {
    const list = await put("several.csv", "chelsea.png,cat;dog\nrocket.jpg,ant\n");
    const out = at("never");
    const args = ["evaluate", "-m", at("single"), "-d", photos, "--list", list];
    const several = await mobilenetv2([...args, "--out", out]);
    expect(several).toMatchObject({ code: 1, stdout: "" });
    expect(several.stderr).toMatch(
      /several\.csv: a picture has several classes.*"chelsea\.png" with "cat;dog".*--task multi-label/,
    );
    expect(existsSync(out)).toBe(false);
    const told = await mobilenetv2([...args, "--threshold", "0.3"]);
    expect(told).toMatchObject({ code: 2, stdout: "" });
    expect(told.stderr).toContain("a model to classify by one label has no --threshold");
  });
});
