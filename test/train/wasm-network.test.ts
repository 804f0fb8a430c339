/** The kernels against the reference in double precision, on whole networks of every kind of layer. */
import { describe, expect, it } from "vitest";
import { GraphBuilder, type LayerOptions } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { cifarStrides, mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { Random } from "../../src/random.ts";
import { exportWeights, importWeights, type NetworkOptions } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import {
  type Comparison,
  compareNetworks,
  type Difference,
  randomGradients,
} from "./compare-networks.ts";
import { blockKinds, publishedKinds, severalOutputs } from "./kinds-of-networks.ts";
import {
  onlyOutput,
  randomize,
  randomTargets,
  relativeError,
  smallGraph,
  step,
} from "./networks.ts";

/**
 * One rounding errs by u = 2⁻²⁴ ≈ 6e-8; a sum of n products by up to √n · u in practice. Through L
 * layers, whose batch norms keep sizes near 1, errors add up to about 2 L √n u: for 12 layers and sums of
 * 1000 pixels 5e-5, for 53 layers 2e-4. A ReLU6 near its corner may open in one and not in the other,
 * which the small networks' seeds avoid and the large network's tolerance has to allow for.
 */
const small = 5e-5;
const large = 2e-3;

/** Where the two are farther apart than a tolerance. */
async function faults(
  graph: Graph,
  options: NetworkOptions,
  { tolerance = small, ...how }: Comparison & { readonly tolerance?: number },
): Promise<readonly Difference[]> {
  const differences = await compareNetworks(graph, options, how);
  return differences.filter(({ error }) => !(error < tolerance));
}

const cases: readonly (readonly [string, Graph, NetworkOptions])[] = [
  ["TensorFlow's padding", smallGraph(), { batch: 3 }],
  ["PyTorch's padding", smallGraph({ padding: "symmetric" }), { batch: 3 }],
  ["even sizes and 13 classes", smallGraph({ rows: 16, columns: 20, classes: 13 }), { batch: 2 }],
  ["tiny maps", smallGraph({ rows: 5, columns: 4 }), { batch: 5 }],
  ["wide maps", smallGraph({ rows: 24, columns: 70, padding: "symmetric" }), { batch: 2 }],
  ["dropout", smallGraph(), { batch: 4, dropout: 0.4 }],
  ["frozen batch norms", smallGraph(), { batch: 4, frozenBatchNorm: true }],
];

describe("the kernels have the reference's outputs, gradients, statistics and evaluation", () => {
  it.each(cases)("of a small network: %s", async (_, graph, options) => {
    expect(await faults(graph, options, { seed: 21 })).toEqual([]);
  });

  it.each(blockKinds)("of %s", async (_, graph) => {
    expect(await faults(graph, { batch: 3 }, { seed: 41 })).toEqual([]);
    expect(
      await faults(graph, { batch: 9, frozenBatchNorm: true }, { seed: 42, count: 7 }),
    ).toEqual([]);
  });

  it.each(publishedKinds)("of %s", async (_, graph) => {
    expect(await faults(graph, { batch: 2, frozenBatchNorm: true }, { seed: 41 })).toEqual([]);
    // Own statistics of few pixels make more of each rounding.
    expect(await faults(graph, { batch: 8 }, { seed: 41, tolerance: large })).toEqual([]);
  });

  const names = planTraining(severalOutputs).outputs.map(({ name }) => name);

  it.each([...names.map((name) => [name]), names, []])(
    "where gradients come from %s",
    async (...from) => {
      expect(names).toHaveLength(5);
      expect(await faults(severalOutputs, { batch: 5 }, { seed: 43, count: 4, from })).toEqual([]);
    },
  );
});

describe("a network of one layer", () => {
  const layer = { name: "layer", padding: "same", activation: "relu6", epsilon: 1e-3 } as const;
  const graphOf = (channels: number, options?: Partial<LayerOptions>): Graph => {
    const builder = new GraphBuilder("one");
    const image = builder.input("image", [1, 9, 10, channels]);
    const read = options && builder.conv2d(8, { ...layer, input: image, ...options });
    const pool = builder.unary("globalAveragePool", "pool", read ?? image);
    const head = { name: "classifier", padding: "valid", activation: "none" } as const;
    return builder.build([builder.conv2d(3, { ...head, input: pool })]);
  };

  it.each<readonly [string, Graph]>([
    ["a 1×1 convolution of stride 2", graphOf(8, { stride: 2 })],
    [
      "zeros around a 1×1 convolution",
      graphOf(8, { padding: { top: 1, left: 0, bottom: 0, right: 0 } }),
    ],
    ["zeros behind one", graphOf(8, { padding: { top: 0, left: 0, bottom: 0, right: 2 } })],
    ["a 1×1 convolution of three channels", graphOf(3, {})],
    ["a pool of five channels", graphOf(5)],
    ["a 1×1 convolution of four channels", graphOf(4, {})],
    ["a 3×3 one of three", graphOf(3, { kernel: 3, stride: 2 })],
    [
      "a 5×5 one whose stride leaves pixels out",
      graphOf(3, { kernel: 5, stride: 4, padding: "valid" }),
    ],
    ["a pool of four channels", graphOf(4)],
  ])("has the reference's gradients for %s", async (_, graph) => {
    expect(await faults(graph, { batch: 3 }, { seed: 25 })).toEqual([]);
  });
});

describe("MobileNetV2", () => {
  it("for CIFAR has the reference's gradients", async () => {
    const graph = mobilenetV2({ width: 0.35, resolution: 32, classes: 10, strides: cifarStrides });
    expect(await faults(graph, { batch: 4 }, { seed: 22, count: 3, tolerance: large })).toEqual([]);
  });
});

describe("batch norm's variance", () => {
  it("survives a mean a hundred times the deviation", async () => {
    const plan = planTraining(smallGraph({ rows: 40, columns: 40 }));
    const oracle = createReferenceNetwork(plan, { batch: 4 });
    const network = await createWasmNetwork(plan, { batch: 4 });
    randomize(oracle, 23);
    const weights = oracle.parameters.get("stem/weights")?.values;
    // All-positive filters over inputs near 100 make sums whose mean dwarfs their spread.
    weights?.forEach((value, i) => {
      weights[i] = Math.abs(value);
    });
    importWeights(network, exportWeights(oracle));
    importWeights(oracle, exportWeights(network));
    network.input.set(oracle.input.map((value) => 100 + value));
    oracle.input.set(network.input);
    for (const n of [oracle, network]) n.forward(4, { training: true });
    const [wanted, got] = [oracle, network].map(
      (n) => n.parameters.get("stem/batch_norm/variance")?.values ?? [],
    );
    // Padding makes part of the spread here, so the bound is loose against the 1e-7 without it.
    expect(relativeError(got ?? [], wanted ?? [])).toBeLessThan(1e-4);
  });
});

describe("threads", () => {
  /** All bits that a network has after some steps. */
  async function train(threads: number | "auto", options: NetworkOptions) {
    const network = await createWasmNetwork(planTraining(smallGraph()), { ...options, threads });
    randomize(network, 31);
    const results: number[] = [];
    // The last batch is short: a slice has fewer samples, others none.
    for (const [index, count] of [options.batch, options.batch, 3].entries()) {
      const targets = randomTargets(count, 5, index);
      results.push(step(network, targets, { random: new Random(31, index) }));
      for (const { values, gradient } of network.parameters.values()) {
        gradient?.forEach((value, i) => {
          values[i] = (values[i] as number) - 0.05 * value;
        });
      }
    }
    const { parameters, description } = network;
    const bits = [...parameters.values()].map(({ name, values, gradient }) => {
      return { name, values: values.slice(), gradient: gradient?.slice() };
    });
    const evaluated = onlyOutput(network.forward(2, { training: false }));
    network.dispose();
    return { description, numbers: { results, bits, evaluated } };
  }

  it.each<NetworkOptions>([
    { batch: 11, dropout: 0.3 },
    { batch: 5, frozenBatchNorm: true },
    { batch: 40 },
  ])("change no bit of losses, gradients and statistics: %o", async (options) => {
    const one = await train(1, options);
    for (const threads of [2, 3]) {
      const several = await train(threads, options);
      expect(several.description).toBe(`wasm simd128, ${threads} threads`);
      expect(several.numbers).toEqual(one.numbers);
    }
  });

  it.each(publishedKinds.filter(([name]) => /SSDLite|ASPP/.test(name)))(
    "change no bit of %s",
    async (_, graph) => {
      const plan = planTraining(graph);
      const passes = async (threads: number) => {
        const network = await createWasmNetwork(plan, { batch: 5, threads });
        randomize(network, 32);
        const outputs = network.forward(4, { training: true, random: new Random(32) });
        const results = [...outputs.values()].map((values) => values.slice());
        network.backward(randomGradients(outputs, 32));
        const bits = [...network.parameters.values()].map(({ values, gradient }) => {
          return [values.slice(), gradient?.slice()];
        });
        network.dispose();
        return { results, bits };
      };
      const one = await passes(1);
      for (const threads of process.env["LONG"] ? [2, 3] : [3]) {
        expect(await passes(threads)).toEqual(one);
      }
    },
  );

  it("are as many as the machine has for auto", async () => {
    const { description } = await train("auto", { batch: 3 });
    expect(description).toMatch(/^wasm simd128, \d+ threads?$/);
  });

  it("of a bad number are refused", async () => {
    const plan = planTraining(smallGraph());
    await expect(createWasmNetwork(plan, { batch: 1, threads: 0 })).rejects.toThrow(/threads/);
  });

  it("serve the next network after one was disposed of", async () => {
    const plan = planTraining(smallGraph());
    const first = await createWasmNetwork(plan, { batch: 2, threads: 2 });
    first.dispose();
    first.dispose();
    expect(() => first.forward(1, { training: false })).toThrow(/disposed/);
    const second = await createWasmNetwork(plan, { batch: 2, threads: 2 });
    const logits = onlyOutput(second.forward(2, { training: false }));
    expect(Array.from(logits)).toEqual(new Array(10).fill(0));
    second.dispose();
  });
});
