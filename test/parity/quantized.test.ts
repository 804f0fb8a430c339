import { describe, expect, it } from "vitest";
import type { FeatureTensor } from "../../src/backends/backend.ts";
import type { Requantization } from "../../src/backends/reference/quantized-arithmetic.ts";
import { createReferenceBackend } from "../../src/backends/reference/reference.ts";
import { compile } from "../../src/compile/compile.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import {
  hasSharedGolden,
  largestDifference,
  readBytes,
  readSharedModel,
  titleWithSharedGolden,
} from "./shared-golden.ts";

/** The 8-bit values of some nodes, each in an array of its own. */
async function evaluate(
  graph: Graph,
  nodes: readonly string[],
  { input, rule = "float" }: { readonly input: Uint8Array; readonly rule?: Requantization },
): Promise<readonly FeatureTensor["data"][]> {
  const backend = createReferenceBackend({ requantization: rule });
  const program = compile(selectOutputs(graph, nodes), backend.target);
  const executable = await backend.prepare(program);
  executable.inputTensor().data.set(input);
  executable.run();
  return nodes.map((_, i) => executable.outputTensor(i).data);
}

/** Scalar arithmetic takes a second and more for each; PARITY=all runs the rest as well. */
const images =
  process.env["PARITY"] === "all"
    ? ["cat", "parrot", "grace_hopper", "chelsea", "coffee", "bird_segmentation"]
    : ["cat", "coffee"];

/** The place of the largest value, the lowest where several are equal. */
function top(values: ArrayLike<number>): number {
  return Array.from(values).indexOf(Math.max(...Array.from(values)));
}

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("the 8-bit ImageNet classifier"), () => {
  const graph = hasSharedGolden ? readSharedModel("mobilenet_v2_1.0_224_quant") : undefined!;
  const pool = graph?.nodes.find(({ op }) => op === "globalAveragePool")?.name ?? "";
  const logits = graph?.nodes.at(-1)?.inputs[0] ?? "";
  const nodes = [pool, logits, ...(graph?.outputs ?? [])];
  const files = (name: string) => {
    const outputs = "classification-quant/outputs/mobilenet_v2_1.0_224_quant";
    return {
      input: readBytes(`classification-quant/inputs/${name}_224x224.u8`),
      pool: readBytes(`${outputs}/${name}.pool.u8`),
      logits: readBytes(`${outputs}/${name}.logits.u8`),
      probabilities: readBytes(`${outputs}/${name}.u8`),
    };
  };

  it.each(images)(
    "gives the same features and logits for %s, and probabilities within one step",
    async (name) => {
      const golden = files(name);
      const values = await evaluate(graph, nodes, { input: golden.input });
      expect(values[0]).toEqual(golden.pool);
      expect(values[1]).toEqual(golden.logits);
      // The exponential is the engine's own, see docs/numerics.md.
      expect(largestDifference(values[2]!, golden.probabilities)).toBeLessThanOrEqual(1);
    },
  );

  it("by the fixed-point rule gives other logits but the same first place", async () => {
    const golden = files("cat");
    const options = { input: golden.input, rule: "fixed-point-31" } as const;
    const [values] = await evaluate(graph, [logits], options);
    const difference = largestDifference(values!, golden.logits);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThanOrEqual(5);
    expect(top(values!)).toBe(top(golden.logits));
  });
});

describe.skipIf(!hasSharedGolden)(titleWithSharedGolden("the 8-bit VOC segmenter"), () => {
  it("gives the same logits and class map", async () => {
    const model = "deeplabv3_mnv2_dm05_pascal_quant";
    const graph = readSharedModel(model);
    const resizes = graph.nodes.filter(({ op }) => op === "resizeBilinear");
    const logits = resizes.at(-2)!.inputs[0]!;
    const input = readBytes("segmentation-quant/inputs/bird_segmentation_513x513.u8");
    const values = await evaluate(graph, [logits, ...graph.outputs], { input });
    const outputs = `segmentation-quant/outputs/${model}/bird_segmentation`;
    expect(largestDifference(values[0]!, readBytes(`${outputs}.logits.u8`))).toBe(0);
    expect(largestDifference(values[1]!, readBytes(`${outputs}.classes.u8`))).toBe(0);
  });
});
