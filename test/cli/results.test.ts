/** What the commands write besides text: forms for other programs, crops and cut-outs. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ssd, usualOptions } from "../tflite/tiny-detector.ts";
import { missingModel, mobilenetv2 } from "./program.ts";

const [astronaut, cat] = ["examples/images/astronaut.png", "examples/images/chelsea.png"];
let folder = "";
/** By model: why its tests are skipped. */
const missing: Record<string, string | undefined> = {};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mobilenetv2-results-"));
  for (const name of ["ssdlite-coco", "deeplabv3-voc"]) missing[name] = await missingModel(name);
});
const needs = (name: string, skip: (because: string) => void): void => {
  if (missing[name] !== undefined) skip(missing[name]);
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("--format", () => {
  it("of classify is text, JSON as --json gives it, or CSV", async () => {
    const args = ["classify", cat, "-m", "cifar10", "-k", "1"];
    const { stdout: csv, code } = await mobilenetv2([...args, "--format", "csv"]);
    expect(code).toBe(0);
    expect(csv).toMatch(
      /^image,rank,label,index,score\nexamples\/images\/chelsea.png,1,cat,3,0\.\d+\n$/,
    );
    const json = await mobilenetv2([...args, "--format", "json"]);
    expect(json).toEqual(await mobilenetv2([...args, "--json"]));
    const bad = await mobilenetv2(["classify", "package.json", "-m", "cifar10", "--format", "csv"]);
    expect(bad).toMatchObject({ code: 1, stdout: "image,rank,label,index,score\n" });
    const other = await mobilenetv2([...args, "--format", "yolo"]);
    expect(other).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("detect", () => {
  it("writes each object as a picture, and nothing over what is there", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const crops = join(folder, "objects");
    const args = ["detect", astronaut, "--classes", "person", "--crops", crops, "--json"];
    const { code, stdout } = await mobilenetv2([...args, "--out-format", "jpeg"]);
    expect(code).toBe(0);
    const [{ detections }] = JSON.parse(stdout);
    const names = detections.map((_: unknown, i: number) => `astronaut_person_${i + 1}.jpg`);
    expect(readdirSync(crops).sort()).toEqual(names.sort());
    const { width, height } = await sharp(join(crops, names[0])).metadata();
    expect(Math.abs(width - detections[0].box.width)).toBeLessThan(2);
    expect(Math.abs(height - detections[0].box.height)).toBeLessThan(2);
    const again = await mobilenetv2(args);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("has files already") });
    expect((await mobilenetv2([...args, "--force"])).code).toBe(0);
    expect(readdirSync(crops)).toContain("astronaut_person_1.png");
  });

  it("looks at a region and at tiles", async ({ skip }) => {
    needs("ssdlite-coco", skip);
    const args = ["detect", astronaut, "--region", "0,0,300,512", "--tiles", "2x1", "--json"];
    const { code, stdout } = await mobilenetv2(args);
    expect(code).toBe(0);
    const [{ width, detections }] = JSON.parse(stdout);
    expect(width).toBe(512);
    for (const { box } of detections) expect(box.x + box.width).toBeLessThanOrEqual(300);
  });
});

describe("--save", () => {
  it.each([
    ["csv", "found.csv", ["found.csv"]],
    ["coco", "found.json", ["found.json"]],
    ["yolo", "labels", ["labels/astronaut.txt", "labels/classes.txt"]],
  ])("says what was written: %s", async (format, target, files) => {
    const model = join(folder, "ssd.tflite");
    writeFileSync(model, ssd(usualOptions));
    const to = join(folder, target);
    const args = ["detect", astronaut, "-m", model, "--format", format, "--save", to];
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    const told = stderr.split("\n").filter((line) => line.startsWith("→"));
    expect(told).toEqual(files.map((file) => `→ ${join(folder, file)}`));
    const quiet = await mobilenetv2([...args, "--quiet", "--force"]);
    expect(quiet.stderr).not.toContain("→");
  });

  it.each([
    [["--format", "csv", "--save"], "would overwrite an input image"],
    [["--out", "COPY", "--format", "csv", "--save", "COPY"], "would write the same"],
    [["--format", "csv", "--save", "-"], "names a file"],
    [["--format", "yolo", "--save", "FULL"], "has files already"],
    [["--format", "csv", "--save", "FULL"], "names a folder"],
  ])("is looked at before any work: %o", async (args, reason) => {
    const full = join(folder, "full");
    mkdirSync(full, { recursive: true });
    writeFileSync(join(full, "p.txt"), "by hand");
    const picture = join(folder, "p.png");
    writeFileSync(picture, readFileSync(cat));
    const places: Readonly<Record<string, string>> = { COPY: join(folder, "c.png"), FULL: full };
    const named = args.map((arg) => places[arg] ?? arg);
    const last = args.at(-1) === "--save" ? [picture] : [];
    const { code, stderr } = await mobilenetv2(["detect", picture, ...named, ...last]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
    expect(readFileSync(picture)).toEqual(readFileSync(cat));
    expect(readFileSync(join(full, "p.txt"), "utf8")).toBe("by hand");
  });

  it("refuses COCO's form of maps of the network's pixels", async () => {
    const args = ["--map-size", "network", "--format", "coco"];
    const { code, stderr } = await mobilenetv2(["segment", cat, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("own pixels") });
  });
});

describe("segment --cutout", () => {
  it("keeps a class, with hard edges or soft ones", async ({ skip }) => {
    needs("deeplabv3-voc", skip);
    for (const more of [[], ["--soft"]]) {
      const path = join(folder, `cat${more.length}.png`);
      const args = ["segment", cat, "--cutout", path, "--label", "Cat", ...more];
      expect((await mobilenetv2(args)).code).toBe(0);
      const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
      expect(info.channels).toBe(4);
      const alphas = new Set(data.filter((_, i) => i % 4 === 3));
      expect(alphas.has(255)).toBe(true);
      expect(alphas.size).toBeGreaterThan(more.length === 0 ? 1 : 20);
      if (more.length === 0) expect(alphas.size).toBe(2);
    }
  });

  it.each([
    [["--label", "cat"], "--label is about"],
    [["--soft"], "--soft is about"],
    [["--cutout", "x.jpg"], "PNG files only"],
  ])("refuses %o", async (args, reason) => {
    const { code, stderr } = await mobilenetv2(["segment", cat, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });
});
