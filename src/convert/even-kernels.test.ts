/** Kernels of one scale for all channels, which have scales of their own. */
import { expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import type { Graph, Node, Parameter } from "../graph/ir.ts";
import { required } from "../required.ts";
import { evenKernels } from "./even-kernels.ts";

const random = seededRandom(5);
const channels = 8;
const vector = (): Parameter => ({ shape: [channels], data: normalValues(channels, random) });

/** A depthwise convolution whose channels have the given sizes, and what stands behind it. */
function network(size: (channel: number) => number, bias: boolean, behind: readonly Node[]): Graph {
  const kernel = normalValues(9 * channels, random).map(
    (x, i) => Math.sign(x) * size(i % channels),
  );
  return {
    ...{ name: "kernels", outputs: [behind.at(-1)?.name ?? "c"] },
    parameters: new Map<string, Parameter>([
      ["w", { shape: [3, 3, channels], data: kernel }],
      ...["b", "gamma", "beta", "mean"].map((name): [string, Parameter] => [name, vector()]),
      ["variance", { shape: [channels], data: vector().data!.map((x) => x * x + 0.5) }],
    ]),
    nodes: [
      { op: "input", name: "x", inputs: [], shape: [1, 5, 5, channels] },
      {
        ...{ op: "depthwiseConv2d", name: "c", inputs: ["x"], weights: "w" },
        ...{ kernel: [3, 3], stride: 1, dilation: 1, padding: "same", activation: "none" },
        ...(bias && { bias: "b" }),
      },
      ...behind,
    ],
  };
}

const norm: Node = {
  ...{ op: "batchNorm", name: "n", inputs: ["c"], epsilon: 1e-3 },
  ...{ gamma: "gamma", beta: "beta", mean: "mean", variance: "variance" },
};
const relu: Node = { op: "activation", name: "r", inputs: ["c"], activation: "relu" };

async function run(graph: Graph): Promise<Float32Array> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  executable.input().set(normalValues(25 * channels, seededRandom(6)));
  executable.run();
  return executable.output();
}

it.each([
  ["a norm of their own behind a bias", true, [relu], ["batchNorm", "activation"]],
  ["a norm of their own where there is nothing", false, [], ["batchNorm"]],
  ["the norm behind", false, [norm], ["batchNorm"]],
  ["another norm than that behind a bias", true, [norm], ["batchNorm", "batchNorm"]],
] as const)("uneven channels leave their sizes to %s", async (_, bias, behind, ops) => {
  const graph = network((channel) => 4 ** -channel, bias, behind);
  const even = evenKernels(graph);
  expect(even.nodes.slice(2).map(({ op }) => op)).toEqual(ops);
  expect(even.outputs).toEqual(graph.outputs);
  const convolution = even.nodes[1]!;
  const weights = "weights" in convolution ? convolution.weights : "";
  expect(required(even.parameters, weights).data!.map(Math.abs)).toEqual(
    new Float32Array(9 * channels).fill(1),
  );
  const [own, found] = [await run(graph), await run(even)];
  const largest = Math.max(...own.map(Math.abs));
  for (const [i, value] of own.entries()) {
    expect(Math.abs(value - found[i]!)).toBeLessThan(4 * 2 ** -23 * largest);
  }
});

it("even channels stay as they are", () => {
  const graph = network((channel) => 1 + channel / channels, true, []);
  expect(evenKernels(graph).nodes).toEqual(graph.nodes);
});
