/** What a model's backbone becomes under a new classifier: the same layers, and an architecture that says so. */
import { describe, expect, it } from "vitest";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Network } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { withoutArchitecture } from "../../src/graph/rewrite.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { elementCount, type Tensor } from "../../src/tensor.ts";
import { renewed } from "../../src/train/base-network.ts";

const small = { width: 0.35, classes: 3, resolution: 64, padding: "symmetric" } as const;

/** A detector's weights as they are published: no batch norms. */
function folded(network: Network): Network {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[]): void => {
    tensors.set(name, { dtype: "float32", shape, data: new Float32Array(elementCount(shape)) });
  };
  for (const [name, { shape }] of network.parameters) {
    if (!name.includes("/batch_norm/")) add(name, shape);
    else if (name.endsWith("/beta")) add(name.replace("batch_norm/beta", "bias"), shape);
  }
  return bindWeights(network, tensors);
}

describe("a model's backbone with a classifier of its own", () => {
  it.each([
    ["a classifier", withRandomWeights(mobilenetV2({ ...small, hidden: [8] }))],
    ["a dilated classifier", withRandomWeights(mobilenetV2({ ...small, outputStride: 16 }))],
    [
      "nonlinear bottlenecks without shortcuts",
      withRandomWeights(mobilenetV2({ ...small, block: { nonlinear: true, shortcut: "none" } })),
    ],
    ["a detector", withRandomWeights(ssdlite(small))],
    [
      "a detector with shortcuts between expansions",
      withRandomWeights(ssdlite({ ...small, block: { shortcut: "expansion", expansion: 4 } })),
    ],
    ["a folded detector", folded(ssdlite(small))],
  ])("is that of %s", (_, base) => {
    const graph = renewed(base, 5, { resolution: 96 });
    const { outputStride } = { outputStride: 32, ...base.architecture };
    expect(graph.architecture).toMatchObject({
      ...{ network: "mobilenet-v2", task: "classify", width: 0.35, classes: 5, hidden: [] },
      ...{ resolution: [96, 96], padding: "symmetric", outputStride },
    });
    expect(graph.architecture.block).toEqual({ block: undefined, ...base.architecture }.block);
    expect(graph.name).toBe(buildNetwork(graph.architecture).name);
    const shapes = inferShapes(graph);
    const built = buildNetwork(graph.architecture);
    const expected = inferShapes(built);
    for (const [name, shape] of shapes) expect(shape, name).toEqual(expected.get(name));
    expect(shapes.get(graph.landmarks.logits)).toEqual([1, 1, 1, 5]);
    for (const name of graph.landmarks.blocks) expect(shapes.has(name)).toBe(true);
    for (const [name, { data }] of graph.parameters) {
      if (name.startsWith("classifier/")) expect(data).toBeUndefined();
      else expect(data).toBe(base.parameters.get(name)?.data);
    }
    // Folded weights stay folded.
    const norms = ({ nodes }: Network) => nodes.filter(({ op }) => op === "batchNorm").length;
    expect(norms(graph)).toBe(norms(base) === 0 ? 0 : norms(built));
  });

  it("is found in a network that does not say what it is", () => {
    const base = withRandomWeights(withoutArchitecture(mobilenetV2(small)));
    const { architecture } = renewed(base, 5, {});
    expect(architecture).toMatchObject({ width: 0.35, resolution: [64, 64], classes: 5 });
  });

  it.each([
    ["a segmenter", deeplabV3({ ...small, resolution: 65 })],
    ["another network that does not say what it is", withoutArchitecture(mobilenetV1(small))],
  ])("refuses %s", (_, base) => {
    expect(() => renewed(withRandomWeights(base), 5, {})).toThrow(/cannot be trained further/);
  });
});
