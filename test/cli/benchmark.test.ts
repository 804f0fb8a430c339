/** The benchmark command: what it reports holds of the network, however fast the machine is. */
import { describe, expect, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { missingModel, mobilenetv2 } from "./program.ts";

const small = ["benchmark", "--width", "0.35", "--resolution", "96", "--runs", "3"];

async function report(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await mobilenetv2([...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("benchmark", () => {
  it("reports a distribution, a cold start and the memory that the plan asks for", async () => {
    const found = await report(...small, "--threads", "1");
    expect(found).toMatchObject({
      model: "mobilenet_v2_0.35_96",
      precision: "float32",
      isa: expect.stringContaining("wasm"),
      threads: 1,
      batch: 1,
      runs: 3,
    });
    const { p10Ms, medianMs, p90Ms, coldStartMs, peakActivationBytes } = found as Record<
      string,
      number
    >;
    expect(p10Ms).toBeGreaterThan(0);
    expect(medianMs).toBeGreaterThanOrEqual(p10Ms!);
    expect(p90Ms).toBeGreaterThanOrEqual(medianMs!);
    expect(coldStartMs).toBeGreaterThan(medianMs!);
    const { arenaBytes } = compile(
      mobilenetV2({ width: 0.35, resolution: 96 }),
      wasmBackend.target,
    );
    expect(peakActivationBytes).toBeGreaterThanOrEqual(arenaBytes);
  });

  it.each([
    [["--shortcut", "none", "--nonlinear"], "mobilenet_v2_0.35_96_nonlinear_no_shortcuts"],
    [["--expansion", "3", "--precision", "int8"], "mobilenet_v2_0.35_96_t3"],
    [["-n", "bottleneck-resnet"], "bottleneck_resnet_0.35_96"],
    [
      ["-n", "ssdlite", "--shortcut", "expansion"],
      "ssdlite_mobilenet_v2_0.35_96_expansion_shortcuts",
    ],
    [["-n", "ssdlite", "--precision", "int8"], "ssdlite_mobilenet_v2_0.35_96"],
  ])("measures other networks, from a cold start, too: %j", async (args, model) => {
    const found = await report(...small, "--threads", "1", ...args);
    expect(found).toMatchObject({ model, coldStartMs: expect.any(Number) });
  });

  it("times each operation where that is asked for", async () => {
    const { layers, coldStartMs } = await report(...small, "--layers", "--no-cold-start");
    expect(coldStartMs).toBeNull();
    const { steps } = compile(mobilenetV2({ width: 0.35, resolution: 96 }), wasmBackend.target);
    expect(layers).toEqual(
      steps.map(({ node, output }) => ({
        name: node.name,
        operation: node.op,
        outputShape: output.shape,
        medianMs: expect.any(Number),
      })),
    );
  });

  it("runs a batch, 8-bit integers and the scalar backend", async () => {
    const tiny = ["benchmark", "--width", "0.35", "--resolution", "32", "--runs", "1"];
    const common = [...tiny, "--no-cold-start", "--backend", "reference"];
    expect(await report(...common, "--batch", "3")).toMatchObject({
      precision: "float32",
      isa: expect.stringContaining("reference"),
      batch: 3,
    });
    expect(await report(...common, "--precision", "int8")).toMatchObject({ precision: "int8" });
  });

  it("has a cold start of 8-bit weights, too", async () => {
    const found = await report(...small, "--precision", "int8");
    expect(found).toMatchObject({ precision: "int8", coldStartMs: expect.any(Number) });
  });

  it("measures a published model", async (context) => {
    const reason = await missingModel("nsfw");
    if (reason !== undefined) context.skip(reason);
    const found = await report("benchmark", "--model", "nsfw", "--runs", "2");
    expect(found).toMatchObject({ model: "nsfw", coldStartMs: expect.any(Number) });
  });

  it("says where a picture's time goes, stage by stage", async () => {
    const picture = "examples/images/rocket.jpg";
    const args = ["benchmark", "--model", "cifar10", "--image", picture, "--no-cold-start"];
    const found = await report(...args, "--runs", "2");
    const stages = ["decodeMs", "preprocessMs", "networkMs", "postprocessMs", "totalMs"];
    const times = Object.fromEntries(stages.map((stage) => [stage, expect.any(Number)]));
    expect(found["picture"]).toEqual({ image: picture, width: 640, height: 427, ...times });
    const parts = found["picture"] as Record<string, number>;
    for (const stage of stages.slice(0, 4)) expect(parts[stage]).toBeGreaterThan(0);
    const { code, stdout } = await mobilenetv2([...args, "--runs", "1"]);
    expect(code).toBe(0);
    for (const row of ["rocket.jpg, 640", "decode", "preprocess", "network", "the whole"]) {
      expect(stdout).toContain(row);
    }
  });

  it("decodes the picture as it is told, and refuses that without one", async () => {
    const args = ["benchmark", "--model", "cifar10", "--runs", "1", "--no-cold-start"];
    const image = ["--image", "examples/images/rocket.jpg"];
    expect((await mobilenetv2([...args, ...image, "--exact"])).code).toBe(0);
    const small = await mobilenetv2([...args, ...image, "--max-edge", "600"]);
    expect(small).toMatchObject({ code: 1, stderr: expect.stringMatching(/edges of at most 600/) });
    const none = await mobilenetv2([...args, "--exact"]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/--exact.*--image/) });
  });

  it("prints a table for people", async () => {
    const { code, stdout } = await mobilenetv2([...small, "--no-cold-start", "--batch", "2"]);
    expect(code).toBe(0);
    for (const row of ["precision", "median", "median an image", "peak activations"]) {
      expect(stdout).toContain(row);
    }
  });

  it.each([
    [["--model", "nsfw", "--width", "1"], "--width cannot change it"],
    [["--precision", "f16"], "float32 or int8"],
    [["nsfw"], "--model nsfw"],
    [["--image", "photo.jpg"], "Name a model with --model"],
    [["--image", "photo.jpg", "--model", "cifar10", "--batch", "2"], "one picture at a time"],
    [["--image", "examples/images", "--model", "cifar10"], "--image takes one picture"],
  ])("refuses %j with one line", async (args, message) => {
    const { code, stdout, stderr } = await mobilenetv2(["benchmark", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
