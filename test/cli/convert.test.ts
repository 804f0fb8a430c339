/** `convert` to formats of several files, and what it says of them. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRunFile } from "../../src/cli/train/run-file.ts";
import { misfits } from "./json-schemas.ts";
import { mobilenetv2, type Outcome } from "./program.ts";
import { tagsModelFiles } from "./tags-model.ts";

const folder = mkdtempSync(join(tmpdir(), "mobilenetv2-convert-"));
const at = (name: string): string => join(folder, name);
const photo = "examples/images/coffee.png";
beforeAll(async () => {
  await mkdir(at("tags"));
  for (const [name, bytes] of tagsModelFiles(["red", "round"])) {
    await writeFile(at(`tags/${name}`), bytes);
  }
  const run = writeRunFile({ settings: {}, trained: new Set([7]) });
  await writeFile(at("tags/run.json"), run);
});
afterAll(() => rmSync(folder, { recursive: true }));

const convert = (...more: readonly string[]): Promise<Outcome> =>
  mobilenetv2(["convert", "-m", at("tags"), ...more]);

/** The classes of a picture. */
async function answer(model: string): Promise<unknown> {
  const { stdout } = await mobilenetv2(["classify", photo, "-m", model, "--json"]);
  const [{ classes }] = JSON.parse(stdout);
  return classes;
}

describe("convert to TensorFlow.js", () => {
  it("makes a folder, with the marks of the run, that gives the model's answers", async () => {
    const { code, stdout } = await convert("-o", at("web/model.json"), "--images", photo, "--json");
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(misfits("convert", report)).toEqual([]);
    expect(report).toMatchObject({
      ...{ to: "tfjs", precision: "f32", comparison: { largestDifference: 0 } },
      files: ["model.json", "group1-shard1of1.bin", "metadata.json"].map((name) =>
        at(`web/${name}`),
      ),
    });
    const names = ["group1-shard1of1.bin", "metadata.json", "model.json", "run.json"];
    expect(readdirSync(at("web"))).toEqual(names);
    expect(await answer(at("web"))).toEqual(await answer(at("tags")));
    // Again, over what is there.
    const again = await convert("--to", "tfjs", "-o", at("web"), "--precision", "uint8");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/uint8.*\n.*\n? *Kernels are rounded to 256 steps/);
    expect(readdirSync(at("web"))).toEqual(names);
  });

  it("replaces neither the model that it reads nor other files", async () => {
    const over = await convert("--to", "tfjs", "-o", at("tags"));
    expect(over).toMatchObject({ code: 2 });
    expect(over.stderr).toMatch(/has files already.*Name another folder/);
    expect(readdirSync(at("tags"))).toEqual(["model.json", "model.safetensors", "run.json"]);
  });
});

describe("convert to Keras", () => {
  it("makes one file, in float32 alone", async () => {
    const made = await convert("-o", at("tags.h5"), "--images", photo);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stdout).toMatch(/tags\.h5: f32(?:.|\n)*outputs are the model's, bit by bit/);
    const half = await convert("-o", at("half.h5"), "--precision", "f16");
    expect(half.stderr).toMatch(/a Keras HDF5 file holds no f16 model.*onnx or tflite/);
    const bytes = await convert("-o", at("w/model.json"), "--precision", "int8", "--images", photo);
    expect(bytes.stderr).toMatch(/a TensorFlow\.js model holds no int8 model/);
    expect(readdirSync(folder)).toEqual(["tags", "tags.h5", "tags.run.json", "web"]);
  });
});
