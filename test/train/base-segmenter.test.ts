/** What a model becomes as a segmenter for other classes: its own layers, at the strides that were asked for. */
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { runOnce } from "../../src/backends/synchronous.ts";
import { compile } from "../../src/compile/compile.ts";
import type { Graph, Network } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { Random } from "../../src/random.ts";
import { renewedSegmenter, scratchSegmenter } from "../../src/train/base-segmenter.ts";
import { folded } from "./folded.ts";

const small = { width: 0.1, resolution: [48, 64], classes: 3 } as const;

/** What a node gives for a noisy picture. */
async function valuesAt(graph: Graph, node: string): Promise<Float32Array> {
  const program = compile(selectOutputs(graph, [node]), referenceBackend.target);
  const executable = await referenceBackend.prepare(program);
  const random = new Random(5);
  const input = Float32Array.from({ length: 48 * 64 * 3 }, () => random.between(-1, 1));
  const values = Float32Array.from(runOnce(executable, [input]).output());
  executable.dispose();
  return values;
}

/** The parameters that have no values yet. */
const open = ({ parameters }: Graph): readonly string[] =>
  [...parameters].flatMap(([name, { data }]) => (data === undefined ? [name] : []));

describe("a model under a segmenter's head", () => {
  it.each([
    ["a classifier", withRandomWeights(mobilenetV2(small))],
    ["a folded classifier", folded(mobilenetV2(small))],
    ["a detector", withRandomWeights(ssdlite({ ...small, resolution: [48, 64] }))],
    [
      "a segmenter with another head",
      withRandomWeights(deeplabV3({ ...small, aspp: true, outputStride: 32 })),
    ],
  ] as [string, Network][])("computes what the blocks of %s do", async (_, base) => {
    const graph = renewedSegmenter(base, 5, {}, { outputStride: 32, aspp: false });
    expect(graph.architecture).toMatchObject({
      network: "deeplabv3",
      classes: 5,
      outputStride: 32,
    });
    const [own, theirs] = [graph.landmarks.features, base.landmarks.blocks.at(-1)!];
    expect(await valuesAt(graph, own)).toEqual(await valuesAt(base, theirs));
    expect(inferShapes(graph).get(graph.landmarks.logits)).toEqual([1, 2, 2, 5]);
    for (const name of open(graph)) expect(name).toMatch(/^(?:aspp|logits)\//);
  });

  it("is dilated where the output stride is smaller, its weights unchanged", () => {
    const base = withRandomWeights(mobilenetV2(small));
    const graph = renewedSegmenter(base, 5, { resolution: [96, 80] }, {});
    const built = deeplabV3({ ...small, classes: 5, resolution: [96, 80] });
    expect(graph.nodes).toEqual(built.nodes);
    expect(graph.architecture).toEqual(built.architecture);
    const windows = graph.nodes.flatMap((node) =>
      node.op === "depthwiseConv2d" ? [[node.stride, node.dilation]] : [],
    );
    expect(windows.slice(-4)).toEqual([
      [1, 1],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    for (const [name, { data }] of graph.parameters) {
      if (data !== undefined) expect(data).toBe(base.parameters.get(name)?.data);
    }
  });

  it("is all of a segmenter with an equal head but the logits", () => {
    const base = withRandomWeights(deeplabV3({ ...small, aspp: true, outputStride: 8 }));
    const graph = renewedSegmenter(base, 7, { resolution: 65 }, {});
    expect(open(graph)).toEqual(["logits/weights", "logits/bias"]);
    expect(graph.nodes).toEqual(
      deeplabV3({ ...small, classes: 7, resolution: 65, aspp: true, outputStride: 8 }).nodes,
    );
  });

  it("is none of 8 bits, and has its width already", () => {
    const base = withRandomWeights(deeplabV3(small));
    const [first, ...rest] = base.nodes;
    const quantization = { scale: 1, zeroPoint: 0, dtype: "uint8" } as never;
    const bits = { ...base, nodes: [{ ...first!, quantization }, ...rest] };
    expect(() => renewedSegmenter(bits, 5, {}, {})).toThrow(/8-bit weights/);
    expect(() => renewedSegmenter(base, 5, { width: 0.5 }, {})).toThrow(/width already/);
  });

  it("from scratch keeps more of small pictures", () => {
    const shape = (resolution: number) => {
      const graph = scratchSegmenter({ width: 0.1, resolution }, 4, {});
      return inferShapes(graph).get(graph.landmarks.logits);
    };
    expect(shape(64)).toEqual([1, 8, 8, 4]);
    expect(shape(128)).toEqual([1, 8, 8, 4]);
    expect(() => scratchSegmenter({ width: 0.33 }, 4, {})).toThrow(/no network of this width/);
  });
});
