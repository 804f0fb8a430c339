/**
 * Graphs at the edges of what the passes and the kernels assume: windows that see only padding, sizes
 * that a shortcut keeps by uneven pads, values that are read twice or leave the graph, names that are
 * taken. Each is compared with the definition on every backend, with blocks joined and without.
 */
import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { optimize } from "../../src/compile/compile.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { backends, firstViolation, randomInputs, violation } from "./backends.ts";
import { evaluate } from "./error-bound.ts";
import { Sketch } from "./sketch.ts";

const graphOf = (
  shape: readonly [number, number, number, number],
  build: (sketch: Sketch, x: string) => string | readonly string[],
): Graph => {
  const sketch = new Sketch(1801);
  const built = build(sketch, sketch.input(shape));
  return sketch.graph(typeof built === "string" ? [built] : built);
};

const block = (s: Sketch, x: string, outputs: number): string =>
  s.invertedResidual(x, outputs, { expansion: 3, residual: false });

const pads = (top: number, left: number, bottom: number, right: number) =>
  ({ top, left, bottom, right }) as const;

const cases: readonly { readonly title: string; readonly graph: Graph }[] = [
  {
    title: "a depthwise window that sees only zeros at the right and the bottom",
    graph: graphOf([1, 13, 13, 9], (s, x) => s.depthwise(x, { padding: pads(0, 1, 5, 5) })),
  },
  {
    title: "one that sees only zeros at the left and the top, at stride 2",
    graph: graphOf([1, 13, 13, 9], (s, x) =>
      s.conv2d(s.depthwise(x, { stride: 2, padding: pads(6, 7, 0, 0) }), 5),
    ),
  },
  {
    title: "a convolution whose window sees only zeros",
    graph: graphOf([1, 5, 6, 3], (s, x) =>
      s.conv2d(x, 9, { kernel: [3, 3], stride: 2, padding: pads(4, 3, 5, 6) }),
    ),
  },
  {
    title: "a 1×1 convolution with zeros around its input, by itself and after a stride",
    graph: graphOf([2, 5, 6, 3], (s, x) =>
      s.conv2d(s.conv2d(x, 9, { padding: pads(1, 0, 0, 2) }), 4, {
        stride: 2,
        padding: pads(0, 1, 0, 0),
      }),
    ),
  },
  {
    title: "a kernel larger than the map",
    graph: graphOf([1, 2, 1, 4], (s, x) =>
      s.conv2d(s.depthwise(x, { kernel: [7, 7], dilation: 3 }), 4, { kernel: [5, 5] }),
    ),
  },
  {
    title: "a stride larger than the kernel, over rows long enough to be cut",
    graph: graphOf([1, 7, 48, 8], (s, x) => s.conv2d(s.depthwise(x, { stride: 3 }), 8)),
  },
  {
    title: "rows long enough to be cut that a wide window leaves few columns of",
    graph: graphOf([1, 8, 50, 8], (s, x) =>
      s.conv2d(s.depthwise(x, { kernel: [1, 5], dilation: 8, padding: "valid" }), 8),
    ),
  },
  {
    title: "a shortcut past a stride that uneven zeros make up for",
    graph: graphOf([1, 20, 20, 9], (s, x) => {
      const wide = s.conv2d(x, 16);
      const filtered = s.depthwise(wide, { stride: 2, padding: pads(21, 1, 0, 20) });
      return s.unary("softmax", s.add(x, s.conv2d(filtered, 9)));
    }),
  },
  {
    title: "a shortcut past zeros on one side",
    graph: graphOf([1, 20, 20, 9], (s, x) => {
      const filtered = s.depthwise(s.conv2d(x, 16), { padding: pads(2, 0, 0, 2) });
      return s.unary("softmax", s.add(s.conv2d(filtered, 9), x));
    }),
  },
  {
    title: "a shortcut past a map of one pixel, at stride 2",
    graph: graphOf([1, 1, 1, 12], (s, x) =>
      s.add(x, s.conv2d(s.depthwise(s.conv2d(x, 24), { stride: 2 }), 12)),
    ),
  },
  {
    title: "a map added to itself, and a convolution added to itself",
    graph: graphOf([1, 4, 4, 5], (s, x) => {
      const doubled = s.add(x, x);
      const projected = s.conv2d(s.depthwise(doubled), 5);
      return s.add(projected, projected);
    }),
  },
  {
    title: "the sum of two projections of one filtered map",
    graph: graphOf([1, 5, 4, 6], (s, x) => {
      const filtered = s.depthwise(x);
      return s.add(s.conv2d(filtered, 6), s.conv2d(filtered, 6));
    }),
  },
  {
    title: "every node of a block as an output, some twice, and the input too",
    graph: graphOf([2, 6, 5, 4], (s, x) => {
      const wide = s.activation(s.batchNorm(s.conv2d(x, 16)), "relu6");
      const filtered = s.activation(s.batchNorm(s.depthwise(wide)), "relu6");
      const projected = s.batchNorm(s.conv2d(filtered, 4));
      return [s.add(x, projected), filtered, x, wide, projected, filtered];
    }),
  },
  {
    title: "an input as the only output",
    graph: graphOf([2, 3, 3, 3], (_, x) => x),
  },
  {
    title: "a batch norm that is a convolution's second",
    graph: graphOf([1, 4, 4, 3], (s, x) => s.batchNorm(s.batchNorm(s.conv2d(x, 8)))),
  },
  {
    title: "a batch norm after an activation, and an activation after a shortcut",
    graph: graphOf([1, 4, 4, 8], (s, x) => {
      const normal = s.batchNorm(s.activation(s.conv2d(x, 8), "relu"));
      return s.activation(s.add(normal, s.conv2d(normal, 8)), "relu6");
    }),
  },
  {
    title: "blocks joined through a concatenation, a reshape and a resize",
    graph: graphOf([1, 15, 15, 3], (s, x) => {
      const joined = s.concat([block(s, x, 5), x, block(s, x, 5)], 3);
      const turned = s.reshape(block(s, joined, 6), [6, 15, 15]);
      const resized = s.resize(turned, [9, 20], { alignCorners: false, halfPixelCenters: true });
      return block(s, s.concat([resized, resized], 1), 11);
    }),
  },
];

/** The graph as the backend runs it, and with every operation apart. */
const ways = (backend: Backend): readonly Backend[] => [
  backend,
  { ...backend, target: { ...backend.target, fuseBlocks: false } },
];

describe.each(backends)("$name computes", (backend) => {
  it.each(cases)("$title", async ({ graph }) => {
    for (const way of ways(backend)) {
      expect(await violation(way, graph, randomInputs(graph, 4381))).toBeUndefined();
    }
  });

  it.each([0, 1])("with only input %i in use, what that one holds", async (used) => {
    const sketch = new Sketch(3);
    const inputs = [sketch.input([1, 3, 3, 2]), sketch.input([1, 3, 3, 2])];
    const graph = sketch.graph([sketch.activation(inputs[used]!, "relu")]);
    expect(await violation(backend, graph, randomInputs(graph, 5))).toBeUndefined();
  });

  it("weights that two convolutions share, one of them with a batch norm of the same name", async () => {
    const sketch = new Sketch(3);
    const x = sketch.input([1, 6, 6, 4]);
    const first = sketch.conv2d(x, 4, { bias: false });
    const norm = sketch.batchNorm(first);
    const other = sketch.conv2d(x, 4, { bias: false });
    const given = sketch.graph([norm, other]);
    // As in a file whose layer and batch norm are one name: the fold makes up `<norm>/weights` too.
    const shared = `${norm}/weights`;
    const nodes = given.nodes.map((node) =>
      node.op === "conv2d" ? { ...node, weights: shared } : node,
    );
    const parameters = new Map(given.parameters).set(
      shared,
      given.parameters.get(`${first}/weights`)!,
    );
    const graph: Graph = { ...given, nodes, parameters };
    const inputs = randomInputs(graph, 5);
    expect(await violation(backend, graph, inputs)).toBeUndefined();
    // The oracle above sees the graph after its passes: here it sees what was given.
    const [plain, folded] = [graph, optimize(graph, { fuseBlocks: false })].map(
      (each) => evaluate(each, inputs).get(other)!,
    );
    expect(firstViolation(plain!, folded!.value.data)).toBeUndefined();
  });
});
