/**
 * `evaluate` from outside, on small datasets made of the example photographs. The classifier is a
 * small network with random weights, whose answers `classify` tells; the other tasks need models of
 * the hub and judge them by their own answers.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { smallModelFiles } from "../browser/models.ts";
import { dataFolder } from "../data-folder.ts";
import { missingModel, mobilenetv2, type Outcome, root } from "./program.ts";

const photos = readdirSync(join(root, "examples/images")).filter((name) => !name.endsWith(".md"));
const labels = ["ant", "bee", "cat", "dog", "eel"];
const { at, put } = dataFolder("file");
let model: string;

beforeAll(async () => {
  model = at("model");
  for (const [name, bytes] of smallModelFiles()) await put(`model/${name}`, bytes);
  await put("model/labels.txt", `${labels.join("\n")}\n`);
});

/** Puts an example photograph into a dataset. */
async function putPhoto(name: string, path: string): Promise<void> {
  await put(path, readFileSync(join(root, "examples/images", name)));
}

function evaluate(...args: string[]): Promise<Outcome> {
  return mobilenetv2(["evaluate", ...args]);
}

/** The best class of each photograph. */
async function answers(): Promise<Map<string, string>> {
  const { stdout } = await mobilenetv2(["classify", "examples/images", "-m", model, "--json"]);
  const items: { image: string; predictions: { label: string }[] }[] = JSON.parse(stdout);
  return new Map(items.map(({ image, predictions }) => [basename(image), predictions[0]!.label]));
}

/** A dataset in which all but the first photograph are in the folder of the model's own answer. */
async function classFolders(name: string): Promise<string> {
  for (const [index, [photo, label]] of [...(await answers())].entries()) {
    const wrong = labels[(labels.indexOf(label) + 1) % labels.length]!;
    await putPhoto(photo, `${name}/${index === 0 ? wrong : label.toUpperCase()}/${photo}`);
  }
  return at(name);
}

describe("evaluate, of a classifier", () => {
  it("scores class folders as one JSON document", async () => {
    const data = await classFolders("scored");
    const { code, stdout, stderr } = await evaluate(
      "-m",
      model,
      "-d",
      data,
      "--json",
      "--threads",
      "1",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^mobilenetv2: note: the file does not say, so assumed: [^\n]*\n$/);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ task: "classify", images: photos.length, top5: 1, skipped: [] });
    expect(report.top1).toBe((photos.length - 1) / photos.length);
    expect(report.throughput.imagesPerSecond).toBeGreaterThan(0);
    expect(Object.keys(report).slice(0, 3)).toEqual(["schemaVersion", "task", "images"]);
  });

  it("prints a table, and writes a report and plots", async () => {
    const data = await classFolders("drawn");
    const out = at("made/report");
    const { code, stdout } = await evaluate("-m", model, "-d", data, "--out", out);
    expect(code).toBe(0);
    expect(stdout).toContain(`${photos.length} images`);
    expect(stdout).toMatch(/top-1 +75\.0 %/);
    expect(readdirSync(out).sort()).toEqual(["confusion.svg", "reliability.svg", "report.json"]);
    expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8")).top1).toBe(0.75);
  });

  it("compares two models on the same pictures", async () => {
    const data = await classFolders("compared");
    const { stdout } = await evaluate("-m", model, "--compare", model, "-d", data, "--json");
    const { comparison, top1 } = JSON.parse(stdout);
    expect(comparison).toMatchObject({ agreement: 1, top1 });
  });

  it("skips damaged pictures and says so, or stops where asked to", async () => {
    await putPhoto("chelsea.png", "damaged/cat/good.png");
    await put("damaged/cat/bad.jpg", "no picture");
    const args = ["-m", model, "-d", at("damaged"), "--json"];
    const { code, stdout, stderr } = await evaluate(...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ images: 1, skipped: [{ name: "cat/bad.jpg" }] });
    expect(stderr).toMatch(/note: cat\/bad\.jpg left out: not a picture/);
    const stopped = await evaluate(...args, "--damaged", "stop");
    expect(stopped).toMatchObject({ code: 1, stdout: "" });
    expect(stopped.stderr).toContain("cat/bad.jpg");
  });

  it("reads a list, and of it only some pictures, evenly spread", async () => {
    const list = await put(
      "list.csv",
      "path,label\nrocket.jpg,cat\nnowhere.jpg,dog\nchelsea.png,2\nnowhere.jpg,2\n",
    );
    const args = ["-m", model, "-d", "examples/images", "--list", list, "--json", "--limit", "2"];
    const report = JSON.parse((await evaluate(...args)).stdout);
    expect(report).toMatchObject({ images: 2, skipped: [] });
    expect(report.classes.find(({ label }: { label: string }) => label === "cat").actual).toBe(2);
  });

  it("names folders that fit no class, with close labels, and writes nothing", async () => {
    await putPhoto("chelsea.png", "strange/cta/a.png");
    await putPhoto("chelsea.png", "strange/zebra/a.png");
    const out = at("never");
    const { code, stdout, stderr } = await evaluate("-m", model, "-d", at("strange"), "--out", out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain('"cta" (close: "cat"), "zebra"');
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ["no model", ["-d", "examples"], /no model was named/],
    ["no data", ["-m", "nsfw"], /no data was named/],
    ["an unknown model", ["-m", "nswf", "-d", "examples"], /Did you mean nsfw/],
    [
      "an unknown second model",
      ["-m", "nsfw", "--compare", "nswf", "-d", "examples"],
      /Did you mean nsfw/,
    ],
    ["an argument", ["examples"], /takes no arguments/],
    ["a file as data", ["-m", "nsfw", "-d", "README.md"], /--data is no folder/],
    [
      "a file for the report",
      ["-m", "nsfw", "-d", "examples", "--out", "README.md"],
      /--out is no folder/,
    ],
    ["a limit of 0", ["-m", "nsfw", "-d", "examples", "--limit", "0"], /--limit/],
  ])("is refused with %s", async (_, args, message) => {
    const { code, stdout, stderr } = await evaluate(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("refuses --score-threshold where the model's task has none", async () => {
    const { code, stderr } = await evaluate(
      "-m",
      model,
      "-d",
      "examples",
      "--score-threshold",
      "0.5",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("a model to classify by one label has no --score-threshold");
  });
});

describe("evaluate, of a segmenter", () => {
  it("agrees with masks that the model made itself", async ({ skip }) => {
    const missing = await missingModel("deeplabv3-voc");
    skip(missing !== undefined, missing);
    const data = at("voc");
    await putPhoto("chelsea.png", "voc/JPEGImages/chelsea.png");
    const masks = join(data, "SegmentationClass");
    mkdirSync(masks);
    const photo = "examples/images/chelsea.png";
    await mobilenetv2(["segment", photo, "--class-map", join(masks, "chelsea.png")]);
    const { code, stdout } = await evaluate("-m", "deeplabv3-voc", "-d", data, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      task: "segment",
      images: 1,
      meanIou: 1,
      pixelAccuracy: 1,
    });
  });
});

describe("evaluate, of a detector", () => {
  it("finds the boxes that the model gave itself, and no others", async ({ skip }) => {
    const missing = await missingModel("ssdlite-coco");
    skip(missing !== undefined, missing);
    mkdirSync(at("coco"));
    for (const photo of photos)
      copyFileSync(join(root, "examples/images", photo), at("coco", photo));
    const found = await mobilenetv2(["detect", at("coco"), "--json"]);
    const items: {
      image: string;
      detections: {
        label: string;
        index: number;
        box: Record<"x" | "y" | "width" | "height", number>;
      }[];
    }[] = JSON.parse(found.stdout);
    const all = items.flatMap(({ detections }, image_id) =>
      detections.map((one) => ({ ...one, image_id })),
    );
    const categories = new Map(all.map(({ label, index }) => [index + 1, label]));
    const file = {
      images: items.map(({ image }, id) => ({ id, file_name: basename(image) })),
      annotations: all.map(({ image_id, index, box: { x, y, width, height } }) => ({
        image_id,
        category_id: index + 1,
        bbox: [x, y, width, height],
      })),
      categories: [...categories].map(([id, name]) => ({ id, name })),
    };
    await put("coco/instances.json", JSON.stringify(file));
    const { code, stdout } = await evaluate("-m", "ssdlite-coco", "-d", at("coco"), "--json");
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    // What scores lower cannot lower precision before every object is found.
    expect(report).toMatchObject({
      task: "detect",
      images: photos.length,
      ap: 1,
      ap50: 1,
      ap75: 1,
    });
    expect(report.classes.map(({ label }: { label: string }) => label).sort()).toEqual(
      [...categories.values()].sort(),
    );
  });
});
