/** What is said and assumed about a model, and what `inspect` tells of it, from outside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { tfjsFiles } from "../../src/cli/tfjs-files.ts";
import { writeTflite } from "../../src/formats/tflite/writer.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { dataFolder } from "../data-folder.ts";
import { code, tinyModel, tinyModelSpec } from "../tflite/tiny-model.ts";
import { writeModel } from "../tflite/write-model.ts";
import { mobilenetv2, root } from "./program.ts";

const photo = join(root, "examples/images/coffee.png");
const { at, put } = dataFolder("file");

beforeAll(async () => {
  const network = withRandomWeights(mobilenetV2({ width: 0.1, resolution: 32, classes: 2 }));
  for (const [name, bytes] of tfjsFiles(network)) await put(`weights/${name}`, bytes);
  await put("tiny.tflite", tinyModel("uint8"));
  const spec = tinyModelSpec("int8");
  const operators = spec.operators.map((one) =>
    one.code === code.softmax ? { ...one, code: 50 } : one,
  );
  await put("strange.tflite", writeModel({ ...spec, operators }));
  await put("two.tflite", writeTflite(withRandomWeights(ownClasses("softmax"))));
  await put("each.tflite", writeTflite(withRandomWeights(ownClasses("sigmoid"))));
  await put("names.txt", "ant\nbee\n");
  for (const [label, picture] of [
    ["ant", "coffee.png"],
    ["bee", "chelsea.png"],
  ] as const) {
    await put(`data/${label}/${picture}`, readFileSync(join(root, "examples/images", picture)));
  }
});

/** Two classes, one or the other, or each by itself. */
function ownClasses(end: "softmax" | "sigmoid") {
  const network = new GraphBuilder("two");
  const plain = { padding: "same", activation: "none" } as const;
  const input = network.input("image", [1, 8, 8, 3]);
  const map = network.conv2d(4, { ...plain, name: "stem", input, kernel: 3, stride: 2 });
  const mean = network.unary("globalAveragePool", "mean", map);
  const logits = network.conv2d(2, { ...plain, name: "logits", input: mean });
  return network.build([network.unary(end, "scores", logits)]);
}

/** The calls of commands that load a model and print JSON, without the model. */
const calls = {
  classify: ["classify", photo],
  embed: ["embed", photo],
  profile: ["profile"],
  benchmark: ["benchmark", "--runs", "1", "--no-cold-start"],
  quantize: ["quantize", "--images", photo, "--out"],
} as const;

describe("what was assumed about a model", () => {
  it.each(Object.entries(calls))("is told by %s, in a line and in JSON", async (name, call) => {
    const out = name === "quantize" ? [at("made.tflite")] : [];
    const model = ["-m", at("weights"), "--resolution", "32", "--range", "-1..1", "--json"];
    const { code: exit, stdout, stderr } = await mobilenetv2([...call, ...out, ...model]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("pictures are stretched to 32×32 (--crop)");
    expect(stderr).not.toContain("--range");
    expect(exit).toBe(0);
    const [item = JSON.parse(stdout)] = [JSON.parse(stdout)].flat();
    const about = item.assumptions.map((one: { about: string }) => one.about);
    expect(about).toEqual(["padding", "epsilon", "fit", "labels"]);
  });

  it("is told of both models by evaluate; what is said holds for the second where it is open", async () => {
    const [model, other] = [at("weights"), at("two.tflite")];
    const said = ["--labels", at("names.txt"), "--resolution", "32", "--range", "0..1"];
    const data = ["--data", at("data"), "--json"];
    const call = ["evaluate", "-m", model, "--compare", other, ...said, ...data];
    const { code: exit, stdout, stderr } = await mobilenetv2(call);
    expect(stderr.match(/note: the file does not say/g)).toHaveLength(2);
    expect(exit).toBe(0);
    const { assumptions, comparison } = JSON.parse(stdout);
    const about = (list: { about: string }[]) => list.map((one) => one.about);
    expect(about(assumptions)).toEqual(["padding", "epsilon", "fit"]);
    expect(about(comparison.assumptions)).toEqual(["fit"]);
  });

  it.each([
    [["classify", photo, "-m", "cifar10", "--range", "0..1"], "cifar10, a model of the hub"],
    [["profile", "--crop"], "--crop is said about a model, and none is named"],
    [["train", "--data", "x", "--out", "y", "--range", "0..1"], "--range is said about a model"],
    [["classify", photo, "-m", "cifar10", "--range", "0-1"], "-1..1 or 0..1"],
  ])("cannot be said where it is known, or of nothing: %j", async (call, reason) => {
    const { code: exit, stdout, stderr } = await mobilenetv2(call);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
  });

  it("names the budgets by their flags", async () => {
    const limits = ["--max-multiply-adds", "1000", "--quiet"];
    const call = ["classify", photo, "-m", at("weights"), ...limits];
    const { code: exit, stderr } = await mobilenetv2(call);
    expect(exit).toBe(1);
    expect(stderr).toContain("Give --max-multiply-adds if that is right.");
  });
});

describe("a model whose classes are judged by themselves", () => {
  it("is remarked on by classify, for people and programs", async () => {
    const call = ["classify", photo, "-m", at("each.tflite"), "--quiet"];
    expect((await mobilenetv2(call)).stdout).toContain("each class by itself");
    const [item] = JSON.parse((await mobilenetv2([...call, "--json"])).stdout);
    expect(item.multiLabel).toBe(true);
  });
});

describe("inspect", () => {
  it("says what a model is in lines that fit a terminal", async () => {
    const { code: exit, stdout, stderr } = await mobilenetv2(["inspect", at("tiny.tflite")]);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^tiny\.tflite {2}a TensorFlow Lite file\n\n/);
    expect(stdout).toMatch(/input +1×5×5×3 uint8, a picture \(input\)/);
    expect(stdout).toMatch(
      /range +0 to 255 become −1 to 0\.9922; said by the input's quantisation/,
    );
    expect(stdout).toMatch(/labels +6, numbered: class 0, class 1/);
    expect(stdout).toMatch(/operations +CONV_2D ×3, DEPTHWISE_CONV_2D, ADD/);
    expect(stdout).toMatch(/convert +to \.tflite and \.onnx/);
    expect(stdout).toMatch(/assumed +classes are numbered \(--labels says otherwise\)/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("knows models of the hub, and what is said about others", async () => {
    const hub = await mobilenetv2(["inspect", "cifar10", "--json"]);
    expect(JSON.parse(hub.stdout)).toMatchObject({
      ...{ name: "cifar10", task: "classify", assumptions: [] },
      labels: { count: 10, source: "the hub's record" },
    });
    const said = ["--labels", at("names.txt"), "--range", "0..255", "--json"];
    const { stdout } = await mobilenetv2(["inspect", at("weights"), ...said]);
    expect(JSON.parse(stdout)).toMatchObject({
      range: { name: "0..255", source: "the caller" },
      labels: { first: ["ant", "bee"], source: at("names.txt") },
    });
  });

  it("says what it can of a file that cannot be used, and fails in part", async () => {
    const names = ["tiny.tflite", "strange.tflite", "names.txt", "gone.tflite"].map((name) =>
      at(name),
    );
    const { code: exit, stdout, stderr } = await mobilenetv2(["inspect", ...names, "--json"]);
    expect(exit).toBe(1);
    expect(stderr).toContain("names.txt");
    expect(JSON.parse(stdout)).toMatchObject([
      { task: "classify" },
      { problem: { code: "unsupported" }, operations: { LOG_SOFTMAX: 1 } },
      { name: at("names.txt"), error: expect.stringContaining("this kind of file is not read") },
      { name: at("gone.tflite"), error: expect.stringContaining("no such file or folder") },
    ]);
    const alone = await mobilenetv2(["inspect", at("gone.tflite")]);
    expect(alone).toMatchObject({ code: 2, stdout: "" });
    const text = await mobilenetv2(["inspect", at("strange.tflite")]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/problem +.*LOG_SOFTMAX/s);
  });

  it("wants a model", async () => {
    expect(await mobilenetv2(["inspect"])).toMatchObject({ code: 2, stdout: "" });
  });
});
