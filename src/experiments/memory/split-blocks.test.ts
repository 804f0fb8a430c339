import { describe, expect, it } from "vitest";
import {
  bindWeights,
  compile,
  countCost,
  type Graph,
  GraphBuilder,
  inferShapes,
  mobilenetV2,
  referenceBackend,
  withRandomWeights,
} from "../../index.ts";
import { Random } from "../../random.ts";
import { graphOf, splitBlocks } from "./split-blocks.ts";

/** With batch norms folded and activations and sums fused. */
function folded(graph: Graph): Graph {
  return graphOf(compile(graph, referenceBackend.target));
}

async function run(graph: Graph, input: Float32Array): Promise<Float32Array> {
  const program = compile(graph, referenceBackend.target);
  const executable = await referenceBackend.prepare(program);
  const [output] = await executable.infer([input]);
  executable.dispose();
  return output!.data as Float32Array;
}

/** A block alone: stem, expansion or both, with a shortcut where stride and channels allow it. */
function oneBlock(stride: number): Graph {
  const builder = new GraphBuilder("block");
  const convention = { padding: "same", epsilon: 1e-3 } as const;
  const image = builder.input("image", [1, 9, 9, 24]);
  const expand = { name: "expand", input: image, activation: "relu6", ...convention } as const;
  const wide = builder.conv2d(144, expand);
  const filter = { name: "depthwise", input: wide, kernel: 3, stride } as const;
  const depthwise = builder.depthwiseConv2d({ ...filter, activation: "relu6", ...convention });
  const project = { name: "project", input: depthwise, activation: "none" } as const;
  const projected = builder.conv2d(24, { ...project, ...convention });
  return builder.build([stride === 1 ? builder.add("add", image, projected) : projected]);
}

/** The sum of the sizes of all that a projection adds up, an upper bound of every partial sum. */
async function sizesOfSums(graph: Graph, input: Float32Array): Promise<Float32Array> {
  const project = graph.nodes.at(-1)!;
  if (project.op !== "conv2d") throw new Error("no projection");
  const absolute = [project.weights, project.bias!].map((name) => {
    const { shape, data } = graph.parameters.get(name)!;
    const sizes = Float32Array.from(data as Float32Array, Math.abs);
    return [name, { dtype: "float32" as const, shape, data: sizes }] as const;
  });
  const others = [...graph.parameters]
    .filter(([name]) => !absolute.some(([one]) => one === name))
    .map(([name, { shape, data }]) => {
      return [name, { dtype: "float32" as const, shape, data: data as Float32Array }] as const;
    });
  // What the projection reads is behind a ReLU6, so that no size is lost there; a shortcut is added.
  const bare = { ...project, inputs: [project.inputs[0]!] };
  const sums = await run(
    bindWeights(
      { ...graph, nodes: [...graph.nodes.slice(0, -1), bare] },
      new Map([...absolute, ...others]),
    ),
    input,
  );
  return sums.map((sum, i) => sum + (project.inputs.length > 1 ? Math.abs(input[i]!) : 0));
}

describe("a block in t parts", () => {
  const random = new Random(1);
  const input = Float32Array.from({ length: 9 * 9 * 24 }, () => random.normal());

  it.each([1, 2].flatMap((stride) => [2, 3, 5, 6].map((ways) => [stride, ways] as const)))(
    "computes the same, stride %d, t = %d",
    async (stride, ways) => {
      const whole = folded(withRandomWeights(oneBlock(stride)));
      const split = splitBlocks(whole, ways);
      const [expected, got, sizes] = [
        await run(whole, input),
        await run(split, input),
        await sizesOfSums(whole, input),
      ];
      // The definition sums in double precision and rounds once. Here each of t partial sums is rounded
      // to float32 after its products and once more where it joins the sum: 2 t + 2 roundings with that
      // of the whole, each of at most 2^-24 of what a sum can be.
      const roundings = 2 * ways + 2;
      for (const [i, value] of got.entries()) {
        expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(
          roundings * 2 ** -24 * sizes[i]!,
        );
      }
      // A bound below any real mistake: a part that is left out changes far more.
      expect(Math.max(...sizes) * roundings * 2 ** -24).toBeLessThan(1e-4);
    },
  );

  it("has parts of equal width, in multiples of 8 channels", () => {
    const split = splitBlocks(folded(withRandomWeights(oneBlock(1))), 4);
    const shapes = inferShapes(split);
    const widths = split.nodes
      .filter(({ op }) => op === "depthwiseConv2d")
      .map(({ name }) => shapes.get(name)![3]);
    expect(widths).toEqual([40, 32, 40, 32]);
  });
});

describe("a network in t parts", () => {
  const whole = folded(
    withRandomWeights(mobilenetV2({ width: 0.35, resolution: 32, classes: 10 })),
  );

  it("has the multiply-adds and the parameters of the whole", () => {
    const { multiplyAdds, parameters } = countCost(whole);
    for (const ways of [2, 3, 6]) {
      const cost = countCost(splitBlocks(whole, ways));
      expect([cost.multiplyAdds, cost.parameters]).toEqual([multiplyAdds, parameters]);
    }
  });

  it("splits all 17 blocks, the first with the stem as its expansion", () => {
    const names = splitBlocks(whole, 2)
      .nodes.filter(({ op }) => op === "depthwiseConv2d")
      .map(({ name }) => name);
    expect(names).toHaveLength(34);
    expect(names[0]).toContain("block_0");
  });

  it("refuses a block whose bottleneck is not linear", () => {
    const graph = mobilenetV2({ width: 0.1, resolution: 32, block: { nonlinear: true } });
    expect(() => splitBlocks(folded(withRandomWeights(graph)), 2)).toThrow(/no sum over/);
  });
});
