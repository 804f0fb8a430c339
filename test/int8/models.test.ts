import "./joined-vectors.ts";
import { describe, expect, it } from "vitest";
import { prepareInt8 } from "../../src/backends/wasm/int8/executable.ts";
import type { Variant } from "../../src/backends/wasm/int8/variant.ts";
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
import { variants } from "./variants.ts";

async function evaluate(
  variant: Variant,
  graph: Graph,
  inputs: readonly Uint8Array[],
): Promise<readonly (readonly TensorData[])[]> {
  const program = compile(graph, wasmBackend.target);
  const executable = await prepareInt8(program, { threads: 1 }, variant);
  const results = inputs.map((input) => {
    executable.inputTensor().data.set(input);
    executable.run();
    return graph.outputs.map((_, i) => executable.outputTensor(i).data);
  });
  executable.dispose();
  return results;
}

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("8-bit models on WebAssembly"), () => {
  describe.each(variants)("$engine", (variant) => {
    it("classify with the features and logits of other engines, probabilities within one step", async () => {
      const whole = readSharedModel("mobilenet_v2_1.0_224_quant");
      const pool = whole.nodes.find(({ op }) => op === "globalAveragePool")!.name;
      const logits = whole.nodes.at(-1)!.inputs[0]!;
      const graph = selectOutputs(whole, [pool, logits, ...whole.outputs]);
      const images = ["cat", "parrot", "grace_hopper", "chelsea", "coffee"];
      const inputs = images.map((name) =>
        readBytes(`classification-quant/inputs/${name}_224x224.u8`),
      );
      const values = await evaluate(variant, graph, inputs);
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
        const whole = readSharedModel(model);
        const resizes = whole.nodes.filter(({ op }) => op === "resizeBilinear");
        const graph = selectOutputs(whole, [resizes.at(-2)!.inputs[0]!, ...whole.outputs]);
        const input = readBytes("segmentation-quant/inputs/bird_segmentation_513x513.u8");
        const [values] = await evaluate(variant, graph, [input]);
        const golden = `segmentation-quant/outputs/${model}/bird_segmentation`;
        expect(largestDifference(values![0]!, readBytes(`${golden}.logits.u8`))).toBe(0);
        expect(largestDifference(values![1]!, readBytes(`${golden}.classes.u8`))).toBe(0);
      },
    );
  });

  it("have the reference's bits at every node", async () => {
    const graph = readSharedModel("mobilenet_v2_1.0_224_quant");
    const names = graph.nodes.slice(1).map(({ name }) => name);
    await expectSameBits(selectOutputs(graph, names), 2, { rounds: 1 });
  });
});
