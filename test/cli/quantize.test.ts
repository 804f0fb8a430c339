/** `mobilenetv2 quantize` from outside, on a small model of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { writeTflite } from "../../src/formats/tflite/writer.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import { decodeImage } from "../../src/image/decode-node.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { foldedNetwork } from "../../src/quantize/network.ts";
import { quantize } from "../../src/quantize/quantize-node.ts";
import { randomWeights } from "../conformance/random.ts";
import { mobilenetv2 } from "./program.ts";

let folder: string;
let model: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quantize-"));
  model = join(folder, "float.tflite");
  const plain = mobilenetV2({ width: 0.35, resolution: 64, classes: 4 });
  writeFileSync(model, writeTflite(foldedNetwork(bindWeights(plain, randomWeights(plain, 3)))));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("quantize", () => {
  it("writes a file that loads, and its report beside it", async () => {
    const out = join(folder, "made", "small.tflite");
    const pictures = ["--images", "examples/images"];
    const { code, stdout, stderr } = await mobilenetv2([
      "quantize",
      "-m",
      model,
      ...pictures,
      "-o",
      out,
      "--report",
      "--json",
    ]);
    const [passed, assumed, ...others] = stderr.trimEnd().split("\n");
    expect(passed).toBe("mobilenetv2: note: examples/images: passed over 1 file: 1 .md");
    expect(assumed).toContain("note: the file does not say, so assumed: ");
    expect(others).toEqual([]);
    expect(code).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({ file: out, calibrationImages: 4, task: "classify" });
    expect(JSON.parse(readFileSync(out.replace(".tflite", ".report.json"), "utf8"))).toEqual(
      printed,
    );
    expect(readdirSync(join(folder, "made")).sort()).toEqual(["small.report.json", "small.tflite"]);
    const used = await mobilenetv2(["classify", "-m", out, "examples/images/coffee.png", "--json"]);
    expect(used.code).toBe(0);
    expect(JSON.parse(used.stdout)[0].predictions[0].label).toMatch(/^class \d$/);
  });

  it("decodes large pictures to copies, as the library does", async () => {
    const [photo, out] = [join(folder, "large.jpg"), join(folder, "copies.tflite")];
    await sharp("examples/images/rocket.jpg").resize(1920).jpeg().toFile(photo);
    const { code } = await mobilenetv2(["quantize", "-m", model, "--images", photo, "-o", out]);
    expect(code).toBe(0);
    const { file } = await quantize(model, { images: [readFileSync(photo)] });
    const written = readFileSync(out);
    expect(written.equals(file)).toBe(true);
    const whole = await decodeImage(readFileSync(photo));
    expect(written.equals((await quantize(model, { images: [whole] })).file)).toBe(false);
  });

  it("prints totals and the layers with the most noise for people, all of them where asked to", async () => {
    const out = join(folder, "table.tflite");
    const image = "examples/images/coffee.png";
    const args = ["quantize", "-m", model, "--images", image, "-o", out];
    const { stdout } = await mobilenetv2(args);
    const heading = "operation +scale +zero point +signal to noise, dB";
    expect(stdout).toMatch(new RegExp(`^noisiest layers +${heading}$`, "m"));
    const decibels = (text: string): readonly number[] =>
      [...text.matchAll(/^\S+ +\w+ +[\d.e-]+ +-?\d+ +(\d+\.\d)$/gm)].map(([, dB]) => Number(dB));
    const all = (await mobilenetv2([...args, "--layers"])).stdout;
    expect(all).toMatch(new RegExp(`^layer +${heading}$`, "m"));
    expect(decibels(all).length).toBeGreaterThan(60);
    expect(decibels(stdout)).toEqual(
      decibels(all)
        .toSorted((a, b) => a - b)
        .slice(0, 5),
    );
    expect(stdout).toContain(`and ${decibels(all).length - 5} more: --layers prints them`);
    expect(stdout).toMatch(/^agreement, top-1 +100\.0 %$/m);
    expect(stdout).toMatch(/^compared on +1 image of the calibration$/m);
  });

  it("gives all weights of a layer one scale where that is wanted, and says so", async () => {
    const out = join(folder, "tensor.tflite");
    const call = ["quantize", "-m", model, "--images", "examples/images/coffee.png", "-o", out];
    const { stdout } = await mobilenetv2([...call, "--per-tensor"]);
    expect(stdout).toMatch(/^weights +one scale a layer$/m);
    const { parameters } = readTflite(readFileSync(out));
    const scales = [...parameters.values()].map(({ quantization }) => quantization?.scales);
    expect(new Set(scales.map((own) => new Set(own).size))).toEqual(new Set([0, 1]));
    const again = await mobilenetv2([...call, "--per-tensor", "--json"]);
    expect(JSON.parse(again.stdout).settings.weights).toBe("per-tensor");
  });

  it("says of the model that it is 8-bit already, by its name", async () => {
    const args = ["quantize", "-m", "models/cifar10.tflite", "--images", "examples/images"];
    const { code, stderr } = await mobilenetv2([...args, "-o", join(folder, "never.tflite")]);
    expect(code).toBe(1);
    expect(stderr).toContain("error: cifar10.tflite: the model is 8-bit already: expected");
  });

  it.each([
    ["no model", ["--images", "examples/images", "-o", "x.tflite"], "--model is missing"],
    ["no images", ["-m", "nsfw", "-o", "x.tflite"], "--images is missing"],
    ["no target", ["-m", "nsfw", "--images", "examples/images"], "--out is missing"],
    [
      "another ending",
      ["-m", "nsfw", "--images", "x", "-o", "x.bin"],
      "TensorFlow Lite files only",
    ],
    ["an argument", ["photo.png"], "takes no argument"],
    [
      "a percentile without its method",
      ["-m", "nsfw", "--images", "x", "-o", "x.tflite", "--percentile", "99"],
      "--percentile needs --calibration percentile",
    ],
  ])("says what is wrong with a call: %s", async (_, args, message) => {
    const { code, stdout, stderr } = await mobilenetv2(["quantize", ...args]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });

  it("leaves nothing behind where an image cannot be read", async () => {
    const out = join(folder, "never.tflite");
    const { code, stderr } = await mobilenetv2([
      "quantize",
      "-m",
      model,
      "--images",
      "package.json",
      "-o",
      out,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/not one picture could be read.*received package\.json: not a picture/);
    const images = ["--images", "examples/images,nowhere.png", "--damaged", "stop"];
    const missing = await mobilenetv2(["quantize", "-m", model, ...images, "-o", out]);
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toContain("nowhere.png: no such file");
    expect(readdirSync(folder)).not.toContain("never.tflite");
  });

  it("leaves out an image that cannot be read, names it once and counts it", async () => {
    const out = join(folder, "skipping.tflite");
    const images = ["--images", "examples/images/coffee.png,package.json", "--json"];
    const args = ["quantize", "-m", model, ...images, "-o", out];
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      calibrationImages: 1,
      evaluation: { images: 1 },
      skipped: [{ name: "package.json", error: expect.stringMatching(/^not a picture/) }],
    });
    expect(stderr.match(/package\.json left out: not a picture/g)).toHaveLength(1);
    expect(stderr).toContain("note: 1 of 2 pictures could not be read and was left out");
    const quiet = await mobilenetv2([...args, "--quiet"]);
    expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
  });
});
