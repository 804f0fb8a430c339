import { describe, expect, it } from "vitest";
import { randomWeights } from "../../test/conformance/random.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { float32Tensor, type Tensor } from "../tensor.ts";
import { bindWeights } from "./bind.ts";
import { countCost } from "./cost.ts";
import { inferShapes } from "./shapes.ts";

const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 7 });
const weights = randomWeights(graph, 1);

function without(name: string): Map<string, Tensor> {
  return new Map([...weights].filter(([key]) => key !== name));
}

/** The weights as exporters fold them: a bias for each batch norm. */
function foldedWeights(): Map<string, Tensor> {
  const folded = new Map<string, Tensor>();
  for (const [name, tensor] of weights) {
    const layer = /^(.*)\/batch_norm\/beta$/.exec(name)?.[1];
    if (layer !== undefined) folded.set(`${layer}/bias`, tensor);
    else if (!name.includes("/batch_norm/")) folded.set(name, tensor);
  }
  return folded;
}

describe("weights with batch norms", () => {
  const bound = bindWeights(graph, weights);

  it("keep the graph and give every parameter its values", () => {
    expect(bound.nodes).toEqual(graph.nodes);
    for (const [name, { data, shape }] of bound.parameters) {
      expect(data).toBe(weights.get(name)!.data);
      expect(shape).toEqual(graph.parameters.get(name)!.shape);
    }
    expect([...bound.parameters.keys()]).toEqual([...graph.parameters.keys()]);
  });

  it("leave the graph without weights as it was", () => {
    expect([...graph.parameters.values()].some(({ data }) => data !== undefined)).toBe(false);
  });
});

describe("weights with folded batch norms", () => {
  const tensors = foldedWeights();
  const bound = bindWeights(graph, tensors);

  it("take the batch norms out and give every convolution its bias", () => {
    expect(bound.nodes.filter(({ op }) => op === "batchNorm")).toEqual([]);
    expect(new Set(bound.parameters.keys())).toEqual(new Set(tensors.keys()));
    for (const node of bound.nodes) {
      if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") continue;
      expect(node.bias).toBe(`${node.name}/bias`);
    }
  });

  it("keep every shape, the outputs and the multiply-adds", () => {
    expect(bound.outputs).toEqual(graph.outputs);
    const [before, after] = [inferShapes(graph), inferShapes(bound)];
    for (const [name, shape] of after) expect(shape).toEqual(before.get(name));
    expect(countCost(bound).multiplyAdds).toBe(countCost(graph).multiplyAdds);
  });

  it("rename an output that was a batch norm's", () => {
    const features = { ...graph, outputs: ["block_1/project/batch_norm"] };
    const kept = [...tensors].filter(([name]) => /^(stem|block_[01])\//.test(name));
    expect(bindWeights(features, new Map(kept)).outputs).toEqual(["block_1/project"]);
  });

  it("may be folded in one layer and not in the others", () => {
    const mixed = without("stem/batch_norm/beta");
    for (const part of ["gamma", "mean", "variance"]) mixed.delete(`stem/batch_norm/${part}`);
    mixed.set("stem/bias", tensors.get("stem/bias")!);
    const norms = bindWeights(graph, mixed).nodes.filter(({ op }) => op === "batchNorm");
    const all = graph.nodes.filter(({ op }) => op === "batchNorm");
    expect(norms.length).toBe(all.length - 1);
  });
});

describe("weights of another network", () => {
  const head = "classifier/weights";

  it.each([
    { title: "a missing tensor", tensors: without(head), message: /missing.*classifier\/weights/ },
    {
      title: "a superfluous one",
      tensors: new Map(weights).set("block_99/weights", float32Tensor([1], new Float32Array(1))),
      message: /fits no layer.*block_99\/weights/,
    },
    {
      title: "another class count",
      tensors: new Map<string, Tensor>(weights).set(
        head,
        float32Tensor([1, 1, 1280, 5], new Float32Array(6400)),
      ),
      message: /classifier\/weights has the wrong shape: expected 1×1×1280×7, received 1×1×1280×5/,
    },
    {
      title: "too few values for the shape",
      tensors: new Map<string, Tensor>(weights).set(head, {
        dtype: "float32",
        shape: [1, 1, 1280, 7],
        data: new Float32Array(8),
      }),
      message: /does not fill its shape: expected 8960 values, received 8/,
    },
    {
      title: "quantised values that nobody dequantised",
      tensors: new Map<string, Tensor>(weights).set(head, {
        dtype: "uint8",
        shape: [1, 1, 1280, 7],
        data: new Uint8Array(8960),
      }),
      message: /classifier\/weights has the wrong element type: expected float32, received uint8/,
    },
    {
      title: "a batch norm without its variance",
      tensors: without("stem/batch_norm/variance"),
      message: /missing.*stem\/batch_norm\/variance/,
    },
  ])("are refused: $title", ({ tensors, message }) => {
    expect(() => bindWeights(graph, tensors)).toThrow(message);
    expect(() => bindWeights(graph, tensors)).toThrow(
      expect.objectContaining({ code: "invalid-model", node: graph.name }),
    );
  });
});

describe("weights that are damaged", () => {
  const withValue = (name: string, index: number, value: number): Map<string, Tensor> => {
    const { shape, data } = weights.get(name)!;
    const changed = Float32Array.from(data);
    changed[index] = value;
    return new Map([...weights, [name, float32Tensor(shape, changed)]]);
  };

  it.each([
    ["classifier/bias", 6, Number.NaN],
    ["classifier/bias", 0, Number.POSITIVE_INFINITY],
    ["classifier/weights", 5, Number.NEGATIVE_INFINITY],
    ["head/batch_norm/beta", 3, Number.NaN],
    ["head/batch_norm/variance", 1, -0.5],
  ])("are refused by name and place: %s[%i] = %d", (name, index, value) => {
    expect(() => bindWeights(graph, withValue(name, index, value))).toThrow(
      expect.objectContaining({
        code: "invalid-model",
        received: String(value),
        message: expect.stringContaining(`${name}[${index}] is no weight`),
      }),
    );
  });

  it("have no variance below 0, but may have 0", () => {
    const bound = bindWeights(graph, withValue("head/batch_norm/variance", 1, 0));
    expect(bound.parameters.get("head/batch_norm/variance")?.data?.[1]).toBe(0);
  });
});
