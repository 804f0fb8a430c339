import { describe, expect, it } from "vitest";
import { normalValues, randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Activation, Graph } from "../graph/ir.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { equalizeChannels } from "./equalize.ts";
import { foldedNetwork } from "./network.ts";

const image = normalValues(32 * 32 * 3, seededRandom(2), 0.6);

async function valuesOf(graph: Graph, names: readonly string[]): Promise<Float32Array[]> {
  const program = compile({ ...graph, outputs: names }, referenceBackend.target);
  const executable = await referenceBackend.prepare(program);
  executable.input().set(image);
  executable.run();
  return names.map((_, i) => executable.output(i));
}

/** A network whose blocks have this activation, with channels of very different size. */
function network(activation: Activation): Graph {
  const plain = mobilenetV2({ width: 0.35, resolution: 32, classes: 5 });
  const weights = randomWeights(plain, 7);
  const random = seededRandom(9);
  for (const [name, { data }] of weights) {
    if (name.endsWith("/gamma")) for (const i of data.keys()) data[i]! *= 4 ** (random() * 2 - 1);
  }
  const folded = foldedNetwork(bindWeights(plain, weights));
  const nodes = folded.nodes.map((node) =>
    "activation" in node && node.activation === "relu6" ? { ...node, activation } : node,
  );
  return { ...folded, nodes: nodes as Graph["nodes"] };
}

/** The greatest value of each channel over the image. */
async function peaksOf(graph: Graph): Promise<(name: string) => Float64Array> {
  const names = graph.nodes.map(({ name }) => name).slice(1);
  const values = await valuesOf(graph, names);
  return (name) => {
    const channels = graph.parameters.get(weightsOf(graph, name))?.shape.at(-1) ?? 1;
    const peaks = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
    for (const [i, value] of values[names.indexOf(name)]!.entries()) {
      peaks[i % channels] = Math.max(peaks[i % channels]!, value);
    }
    return peaks;
  };
}

function weightsOf(graph: Graph, name: string): string {
  const node = graph.nodes.find((other) => other.name === name);
  return node !== undefined && "weights" in node ? node.weights : "";
}

describe("cross-layer equalisation", () => {
  it.each(["relu", "relu6"] as const)(
    "leaves what a network with %s computes as it was",
    async (activation) => {
      const graph = network(activation);
      const equalized = equalizeChannels(graph, await peaksOf(graph));
      expect(equalized.scaled).toBeGreaterThan(0.2 * equalized.channels);
      const [before] = await valuesOf(graph, ["classifier"]);
      const [after] = await valuesOf(equalized.graph, ["classifier"]);
      const largest = Math.max(...before!.map(Math.abs));
      // 50 layers of float32 weights, each rounded once more: 50 · 2⁻²⁴ with room for their sums.
      for (const [i, value] of before!.entries()) {
        expect(Math.abs(after![i]! - value)).toBeLessThan(1e-4 * largest);
      }
    },
  );

  it("makes channels of two layers equally large where nothing holds it back", async () => {
    const graph = network("relu");
    const { graph: equalized } = equalizeChannels(graph, await peaksOf(graph));
    const project = equalized.nodes.find(({ name }) => /block_13\/project/.test(name))!;
    const [wide] = project.inputs as readonly [string];
    const first = equalized.parameters.get(weightsOf(equalized, wide))!;
    const second = equalized.parameters.get(weightsOf(equalized, project.name))!;
    const [inputs, outputs] = second.shape.slice(2) as [number, number];
    for (let c = 0; c < inputs; c++) {
      const of = (data: ArrayLike<number>, fits: (i: number) => boolean): number =>
        Math.max(...Array.from(data, (value, i) => (fits(i) ? Math.abs(value) : 0)));
      const r1 = of(first.data!, (i) => i % inputs === c);
      const r2 = of(second.data!, (i) => Math.floor(i / outputs) === c);
      expect(r1 / r2).toBeGreaterThan(0.9);
      expect(r1 / r2).toBeLessThan(1.1);
    }
  });

  it("does not touch channels that meet the ceiling of ReLU6", async () => {
    const graph = network("relu6");
    const atCeiling = equalizeChannels(graph, (name) => {
      const channels = graph.parameters.get(weightsOf(graph, name))?.shape.at(-1) ?? 1;
      return new Float64Array(channels).fill(6);
    });
    // A depthwise convolution has ReLU6 on both sides.
    const depthwise = graph.nodes.filter(({ op }) => op === "depthwiseConv2d");
    const changed = (after: Graph): number =>
      depthwise.filter(({ name }) => {
        const [own, other] = [graph, after].map(
          ({ parameters }) => parameters.get(weightsOf(graph, name))?.data,
        );
        return own!.some((value, i) => value !== other![i]);
      }).length;
    expect(changed(atCeiling.graph)).toBe(0);
    expect(changed(equalizeChannels(graph, await peaksOf(graph)).graph)).toBeGreaterThan(10);
  });
});
