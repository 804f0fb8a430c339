/** `mobilenetv2 train --quantize-aware`: a float model first where there is none, then an 8-bit file that every verb reads. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";
import { misfits } from "./json-schemas.ts";
import { mobilenetv2 } from "./program.ts";

let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-aware-cli-"));
  const colors = { blue: [10, 20, 200], red: [200, 10, 20] };
  for (const [name, color] of Object.entries(colors)) {
    await mkdir(at("data", name), { recursive: true });
    for (let i = 0; i < 30; i++) {
      const random = new Random(i);
      const data = Uint8Array.from(
        { length: 20 * 20 * 3 },
        (_, k) => (color[k % 3] as number) + random.integer(40),
      );
      await writeFile(
        at("data", name, `${i}.png`),
        await encodePng({ width: 20, height: 20, data }),
      );
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const float = ["--width", "0.1", "--batch", "8", "--learning-rate", "0.02", "--epochs", "6"];
const runFiles = ["MODEL_CARD.md", "checkpoint.safetensors", "metrics.jsonl", "run.json"];

describe("mobilenetv2 train --quantize-aware", () => {
  it("trains a float model first, then with 8 bits, and goes on with either", async () => {
    const call = ["train", "--data", at("data"), "--out", at("model"), "--json"];
    const first = await mobilenetv2([...call, ...float, "--quantize-aware"]);
    expect(first.stderr).toMatch(/first it is trained, in .*float$/m);
    expect(first.stderr).toMatch(/^now .*float is trained on with 8 bits simulated$/m);
    expect(first.code).toBe(0);
    const report = JSON.parse(first.stdout);
    expect(misfits("train", report)).toEqual([]);
    expect(report.quantized).toMatchObject({
      ...{ file: "model.tflite", weights: "per-channel", images: 12 },
      ...{ measured: expect.any(Number), float: expect.any(Number) },
      ...{ simulated: report.bestAccuracy, agreement: expect.any(Number) },
    });
    expect(report.float.bestAccuracy).toBeGreaterThan(0.9);
    expect(report.epochs).toHaveLength(4);
    for (const inner of [[], ["float"]])
      expect(await readdir(at("model", ...inner))).toEqual(expect.arrayContaining(runFiles));
    const card = await readFile(at("model", "MODEL_CARD.md"), "utf8");
    expect(card).toMatch(/\| 8 bits \| simulated while it was trained: .* one scale a channel \|/);
    expect(card).toMatch(/\| `model\.tflite` \| \d.*in 12 pictures, with its float weights \d/);
    expect(card).not.toContain(folder);

    // Folder and file are of one mind, and the file is a quarter as large.
    const picture = at("data", "red", "2.png");
    for (const model of [at("model"), at("model", "model.tflite")]) {
      const { stdout } = await mobilenetv2(["classify", picture, "--model", model, "--json"]);
      expect(JSON.parse(stdout)[0].predictions[0].label).toBe("red");
    }
    const [whole, eight] = await Promise.all(
      ["model.safetensors", "model.tflite"].map((name) => stat(at("model", name))),
    );
    expect(eight!.size).toBeLessThan(whole!.size);
    const judged = ["evaluate", "--data", at("data"), "--model", at("model", "model.tflite")];
    const evaluated = await mobilenetv2([...judged, "--json"]);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      images: 12,
      top1: report.quantized.measured,
    });

    const { float: _, ...rest } = report;
    const again = await mobilenetv2([...call, "--resume"]);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, rest]);
    const other = await mobilenetv2([...call, "--resume", "--per-tensor"]);
    expect(other.stderr).toMatch(/expected no --per-tensor, received --per-tensor/);
    // As after a kill between the phases: only the options are there.
    for (const name of await readdir(at("model")))
      if (name !== "float" && !/run/.test(name)) await rm(at("model", name));
    const between = await mobilenetv2(["train", "--out", at("model"), "--json", "--resume"]);
    expect(between.code).toBe(0);
    expect(JSON.parse(between.stdout).quantized).toEqual(report.quantized);
  }, 300_000);

  it("goes on with a finished model of the same classes alone", async () => {
    const made = await mobilenetv2(["train", "--data", at("data"), "--out", at("base"), ...float]);
    expect(made.code).toBe(0);
    const call = ["train", "--data", at("data"), "--quantize-aware", "--from", at("base")];
    const frozen = await mobilenetv2([...call, "--freeze", "head", "--out", at("frozen")]);
    expect([frozen.code, frozen.stderr]).toEqual([
      2,
      expect.stringMatching(/8 bits are simulated in the whole model.*--freeze "head"/),
    ]);
    const out = ["--out", at("tensor")];
    const direct = await mobilenetv2([...call, ...out, "--per-tensor", "--epochs", "2", "--json"]);
    expect(direct.stderr).toMatch(/has the data's classes: it is trained on with 8 bits simulated/);
    const report = JSON.parse(direct.stdout);
    expect(report.quantized.weights).toBe("per-tensor");
    expect(report.epochs).toHaveLength(2);
    expect(await readdir(at("tensor"))).not.toContain("float");
    const bare = ["train", "--data", at("data"), "--from", at("base"), ...out, "--resume"];
    const again = await mobilenetv2([...bare, "--json"]);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, report]);
  }, 300_000);

  it("refuses --per-tensor without it", async () => {
    const call = ["train", "--data", at("data"), "--out", at("none"), "--per-tensor"];
    const { code, stderr } = await mobilenetv2(call);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/Add --quantize-aware/)]);
  });
});
