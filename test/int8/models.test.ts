import "./joined-vectors.ts";
import { describe, expect, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import type { TensorData } from "../../src/tensor.ts";
import {
  hasSharedGolden,
  largestDifference,
  readBytes,
  readSharedModel,
  titleWithSharedGolden,
} from "../parity/shared-golden.ts";
import { expectSameBits } from "./expect-same-bits.ts";

async function evaluate(
  graph: Graph,
  nodes: readonly string[],
  inputs: readonly Uint8Array[],
): Promise<readonly (readonly TensorData[])[]> {
  const program = compile(selectOutputs(graph, nodes), wasmBackend.target);
  const executable = await wasmBackend.prepare(program);
  return inputs.map((input) => {
    executable.inputTensor().data.set(input);
    executable.run();
    return nodes.map((_, i) => executable.outputTensor(i).data);
  });
}

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("8-bit models on WebAssembly"), () => {
  it("classify with the features and logits of other engines, probabilities within one step", async () => {
    const graph = readSharedModel("mobilenet_v2_1.0_224_quant");
    const pool = graph.nodes.find(({ op }) => op === "globalAveragePool")!.name;
    const logits = graph.nodes.at(-1)!.inputs[0]!;
    const images = ["cat", "parrot", "grace_hopper", "chelsea", "coffee"];
    const inputs = images.map((name) =>
      readBytes(`classification-quant/inputs/${name}_224x224.u8`),
    );
    const values = await evaluate(graph, [pool, logits, ...graph.outputs], inputs);
    for (const [i, name] of images.entries()) {
      const golden = `classification-quant/outputs/mobilenet_v2_1.0_224_quant/${name}`;
      const [features, scores, probabilities] = values[i]!;
      expect(features, name).toEqual(readBytes(`${golden}.pool.u8`));
      expect(scores, name).toEqual(readBytes(`${golden}.logits.u8`));
      // The exponential is the engine's own, see docs/numerics.md.
      expect(largestDifference(probabilities!, readBytes(`${golden}.u8`))).toBeLessThanOrEqual(1);
    }
  });

  it.each(["deeplabv3_mnv2_dm05_pascal_quant", "deeplabv3_mnv2_pascal_quant"])(
    "segment with the logits and classes of other engines: %s",
    async (model) => {
      const graph = readSharedModel(model);
      const resizes = graph.nodes.filter(({ op }) => op === "resizeBilinear");
      const logits = resizes.at(-2)!.inputs[0]!;
      const input = readBytes("segmentation-quant/inputs/bird_segmentation_513x513.u8");
      const [values] = await evaluate(graph, [logits, ...graph.outputs], [input]);
      const golden = `segmentation-quant/outputs/${model}/bird_segmentation`;
      expect(largestDifference(values![0]!, readBytes(`${golden}.logits.u8`))).toBe(0);
      expect(largestDifference(values![1]!, readBytes(`${golden}.classes.u8`))).toBe(0);
    },
  );

  it("have the reference's bits at every node", async () => {
    const graph = readSharedModel("mobilenet_v2_1.0_224_quant");
    const names = graph.nodes.slice(1).map(({ name }) => name);
    await expectSameBits(selectOutputs(graph, names), 2, 1);
  });
});
