/** Which networks training takes, and that it takes none whose layers it would have to reorder. */
import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../src/graph/ir.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { planTraining } from "../../src/train/plan.ts";
import { Sketch } from "../conformance/sketch.ts";
import { smallGraph } from "./networks.ts";

/** A classifier over whatever `body` makes of a 6² × 3 picture with 8 channels. */
function classifierOver(body: (s: Sketch, convolution: string) => string): Graph {
  const s = new Sketch(1);
  const image = s.input([1, 6, 6, 3]);
  const top = body(s, s.conv2d(image, 8, { bias: false }));
  return s.graph([s.unary("softmax", s.conv2d(s.unary("globalAveragePool", top), 4))]);
}

/** One more convolution with batch norm. */
function layer(s: Sketch, input: string): string {
  return s.batchNorm(s.conv2d(input, 8, { bias: false }));
}

describe("planning a training", () => {
  it("takes convolution, batch norm, ReLU6 and shortcuts in this order", () => {
    const graph = classifierOver((s, convolution) => {
      const first = s.activation(s.batchNorm(convolution), "relu6");
      return s.add(layer(s, first), first);
    });
    const { layers, classifier } = planTraining(graph);
    expect(layers.map(({ relu6, shortcut }) => [relu6, shortcut])).toEqual([
      [true, undefined],
      [false, 0],
    ]);
    expect(classifier).toMatchObject({ features: 8, classes: 4, source: 1 });
    expect(planTraining(mobilenetV2()).layers).toHaveLength(52);
  });

  it.each<[string, (s: Sketch, convolution: string) => string]>([
    [
      "ReLU6 after the sum",
      (s, c) => {
        const first = s.activation(s.batchNorm(c), "relu6");
        return s.activation(s.add(layer(s, first), first), "relu6");
      },
    ],
    ["ReLU6 before the batch norm", (s, c) => s.batchNorm(s.activation(c, "relu6"))],
    ["two batch norms", (s, c) => s.batchNorm(s.batchNorm(c))],
    ["two ReLU6", (s, c) => s.activation(s.activation(s.batchNorm(c), "relu6"), "relu6")],
    [
      "a batch norm after the sum",
      (s, c) => {
        const first = s.batchNorm(c);
        return s.batchNorm(s.add(layer(s, first), first));
      },
    ],
    [
      "a sum before the batch norm",
      (s, c) => {
        const first = s.batchNorm(c);
        return s.batchNorm(s.add(s.conv2d(first, 8, { bias: false }), first));
      },
    ],
    [
      "a shortcut from before ReLU6",
      (s, c) => {
        const linear = s.batchNorm(c);
        return s.add(layer(s, s.activation(linear, "relu6")), linear);
      },
    ],
    [
      "a layer that reads the values before ReLU6",
      (s, c) => {
        const linear = s.batchNorm(c);
        s.activation(linear, "relu6");
        return layer(s, linear);
      },
    ],
    [
      "a pool of the convolution itself",
      (s, c) => {
        s.batchNorm(c);
        return c;
      },
    ],
    [
      "a second pool",
      (s, c) => {
        const normal = s.batchNorm(c);
        s.unary("globalAveragePool", normal);
        return normal;
      },
    ],
  ])("refuses %s", (_, body) => {
    expect(() => planTraining(classifierOver(body))).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });

  const graph = smallGraph();
  const changed = (name: string, change: object): Graph => ({
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.name === name ? ({ ...node, ...change } as Node) : node,
    ),
  });

  it.each([
    [
      "a classifier over a padded map",
      changed("classifier", { padding: { top: 1, left: 1, bottom: 1, right: 1 } }),
    ],
    ["a classifier with an activation", changed("classifier", { activation: "relu6" })],
    ["softmax of something else", changed("probabilities", { inputs: ["head/relu6"] })],
    [
      "parameters that two layers share",
      changed("block_0/project/batch_norm", { gamma: "stem/batch_norm/gamma" }),
    ],
  ])("refuses %s", (_, other) => {
    expect(() => planTraining(other)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });
});
