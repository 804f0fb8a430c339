import { describe, expect, it } from "vitest";
import { randomWeights } from "../../../test/conformance/random.ts";
import { compile } from "../../compile/compile.ts";
import { bindWeights } from "../../graph/bind.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { wasmBackend } from "./wasm.ts";

describe("the memory of MobileNetV2 at 224²", () => {
  it("is 1 MB of activations at most, the image included", () => {
    const { arenaBytes } = compile(mobilenetV2(), wasmBackend.target);
    expect(arenaBytes).toBeLessThanOrEqual(1_000_000);
  });
});

describe("an executable", () => {
  const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 5 });
  const program = compile(bindWeights(graph, randomWeights(graph, 1)), wasmBackend.target);

  it("gives copies of its outputs and views of its inputs", async () => {
    const executable = await wasmBackend.prepare(program);
    executable.input().fill(0.25);
    executable.run();
    const first = executable.output();
    executable.input().fill(-0.5);
    executable.run();
    expect(executable.output()).not.toEqual(first);
    executable.input().fill(0.25);
    executable.run();
    expect(executable.output()).toEqual(first);
    expect(executable.outputTensor()).toMatchObject({ dtype: "float32", shape: [1, 1, 1, 5] });
    executable.dispose();
  });

  it("is gone once disposed of", async () => {
    const executable = await wasmBackend.prepare(program);
    executable.dispose();
    executable.dispose();
    expect(() => executable.run()).toThrow(expect.objectContaining({ code: "disposed" }));
    expect(() => executable.input()).toThrow(expect.objectContaining({ code: "disposed" }));
  });

  it("names the parameter that has no values", async () => {
    const bare = compile(graph, wasmBackend.target);
    await expect(wasmBackend.prepare(bare)).rejects.toMatchObject({
      code: "invalid-model",
      node: expect.stringContaining("/"),
    });
  });

  it("refuses an input or output that is not there", async () => {
    const executable = await wasmBackend.prepare(program);
    expect(() => executable.input(1)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
    expect(() => executable.output(-1)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
    executable.dispose();
  });
});
