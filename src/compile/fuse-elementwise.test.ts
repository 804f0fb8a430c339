import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import type { Graph, Node, Quantization } from "../graph/ir.ts";
import { optimize } from "./compile.ts";
import { fuseActivations, fuseResiduals } from "./fuse-elementwise.ts";

const operations = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op);

describe("fuseActivations", () => {
  it("gives a convolution the activation that follows it, under the activation's name", () => {
    const sketch = new Sketch(1);
    const filtered = sketch.depthwise(sketch.input([1, 4, 4, 3]));
    const last = sketch.activation(sketch.conv2d(sketch.activation(filtered, "relu6"), 5), "relu");
    const graph = fuseActivations(sketch.graph());
    expect(operations(graph)).toEqual(["input", "depthwiseConv2d", "conv2d"]);
    expect(graph.nodes[1]).toMatchObject({ activation: "relu6" });
    expect(graph.nodes[2]).toMatchObject({ activation: "relu", name: last });
  });

  it.each([
    {
      title: "a value that is also read without it",
      build: (s: Sketch, x: string) => {
        const conv = s.conv2d(x, 3);
        return s.add(s.activation(conv, "relu"), conv);
      },
    },
    {
      title: "a convolution that has an activation already",
      build: (s: Sketch, x: string) =>
        s.activation(s.conv2d(x, 3, { activation: "relu" }), "relu6"),
    },
    {
      title: "a sum: the shortcut would be added after the activation instead of before",
      build: (s: Sketch, x: string) => s.activation(s.conv2d(x, 3, { shortcut: x }), "relu"),
    },
    {
      title: "what is no convolution",
      build: (s: Sketch, x: string) => s.activation(s.batchNorm(x), "relu"),
    },
  ])("leaves alone $title", ({ build }) => {
    const sketch = new Sketch(1);
    build(sketch, sketch.input([1, 4, 4, 3]));
    expect(fuseActivations(sketch.graph()).nodes).toEqual(sketch.graph().nodes);
  });

  it("leaves alone a convolution whose bare value leaves the graph", () => {
    const sketch = new Sketch(1);
    const conv = sketch.conv2d(sketch.input([1, 4, 4, 3]), 3);
    const graph = sketch.graph([conv, sketch.activation(conv, "relu")]);
    expect(fuseActivations(graph).nodes).toEqual(graph.nodes);
  });
});

describe("fuseResiduals", () => {
  it.each([
    { swapped: false, title: "shortcut + projection" },
    { swapped: true, title: "projection + shortcut" },
  ])("makes the shortcut the projection's second input: $title", ({ swapped }) => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const project = sketch.conv2d(x, 3);
    const sum = swapped ? sketch.add(project, x) : sketch.add(x, project);
    const graph = fuseResiduals(sketch.graph());
    expect(operations(graph)).toEqual(["input", "conv2d"]);
    expect(graph.nodes[1]).toMatchObject({ name: sum, inputs: [x, x], activation: "none" });
  });

  it("takes the later of two projections, so that the shortcut is there when it is added", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const [a, b] = [sketch.conv2d(x, 3), sketch.conv2d(x, 3)];
    sketch.add(a, b);
    const graph = fuseResiduals(sketch.graph());
    expect(graph.nodes.map(({ inputs }) => inputs)).toEqual([[], [x], [x, a]]);
  });

  it("leaves alone a projection that is not linear: its activation comes before the sum", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    sketch.add(x, sketch.activation(sketch.conv2d(x, 3), "relu6"));
    const activated = fuseActivations(sketch.graph());
    expect(fuseResiduals(activated).nodes).toEqual(activated.nodes);
  });

  it("leaves alone a sum of a value with itself", () => {
    const sketch = new Sketch(1);
    const conv = sketch.conv2d(sketch.input([1, 4, 4, 3]), 3);
    sketch.add(conv, conv);
    expect(fuseResiduals(sketch.graph()).nodes).toEqual(sketch.graph().nodes);
  });
});

describe("in 8 bits", () => {
  const quantization: Quantization = { dtype: "uint8", scale: 0.1, zeroPoint: 3 };

  /** A block of every kind of node that a pass joins, of which some give 8 bits. */
  function partlyBytes(chosen: (node: Node) => boolean): Graph {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const wide = sketch.activation(sketch.batchNorm(sketch.conv2d(x, 8)), "relu6");
    const filtered = sketch.activation(sketch.batchNorm(sketch.depthwise(wide)), "relu6");
    sketch.add(sketch.batchNorm(sketch.conv2d(filtered, 3)), x);
    const graph = sketch.graph();
    return {
      ...graph,
      nodes: graph.nodes.map((node) => (chosen(node) ? { ...node, quantization } : node)),
    };
  }

  it("nothing is joined", () => {
    const graph = partlyBytes(() => true);
    expect(optimize(graph, { fuseBlocks: true, fuseStem: true }).nodes).toEqual(graph.nodes);
  });

  it.each([...new Set(partlyBytes(() => false).nodes.map(({ op }) => op))])(
    "no node is lost where every %s gives 8 bits, the others float32: a backend has to refuse that",
    (op) => {
      const graph = partlyBytes((node) => node.op === op);
      const after = optimize(graph, { fuseBlocks: true, fuseStem: true });
      const bytes = (of: Graph): readonly Node[] => of.nodes.filter((node) => node.quantization);
      expect(bytes(after).map(({ name }) => name)).toEqual(bytes(graph).map(({ name }) => name));
    },
  );
});
