/** 8 bits simulated while a network is trained: what they round, what passes back, and what the file computes. */
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { inferOnce } from "../../src/backends/synchronous.ts";
import { compile } from "../../src/compile/compile.ts";
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Graph } from "../../src/graph/ir.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel } from "../../src/models/model.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { assignQuantization } from "../../src/quantize/assign.ts";
import { foldedNetwork, withEveryValue } from "../../src/quantize/network.ts";
import { quantizeGraph } from "../../src/quantize/rewrite.ts";
import { Random } from "../../src/random.ts";
import { required } from "../../src/required.ts";
import { indexOfLargest } from "../../src/tensor.ts";
import { fakeQuantizeLayer, gridEnds, roundLayer } from "../../src/train/layers/fake-quantize.ts";
import { exportWeights, importWeights } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { recipes } from "../../src/train/recipes.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { openSession, type Session } from "../../src/train/session.ts";
import type { TrainResult } from "../../src/train/train-options.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { randomize } from "./networks.ts";

const classes = ["red", "green", "blue", "grey"];

/** Noise, brighter in the colour of its class. */
function toyPictures(count: number, seed: number): Pictures {
  const picture = async (index: number): Promise<RgbImage> => {
    const random = new Random(seed, index);
    const data = Uint8Array.from({ length: 3072 }, (_, i) => {
      const level = i % 3 === index % 4 ? 150 : 110;
      return Math.min(255, Math.max(0, level + 40 * random.normal()));
    });
    return { width: 32, height: 32, data };
  };
  return { count, name: String, label: (index) => index % 4, picture };
}

const data: DataSet = {
  name: "toy",
  classes,
  training: toyPictures(48, 1),
  validation: toyPictures(40, 2),
};

async function finish(session: Session): Promise<TrainResult> {
  const run = session.run();
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

const recipe = { ...recipes.small, epochs: 12, batch: 16, averageDecay: 0, augmentation: {} };

async function floatModel(): Promise<ClassifierModel> {
  const session = await openSession({ data, recipe, seed: 1, width: 0.1, threads: 1 });
  const { weights } = await finish(session);
  session.dispose();
  const { architecture, preprocess, labels } = session.model;
  const graph = bindWeights(buildNetwork(architecture), weights);
  const features = graph.landmarks.features;
  return { name: "toy", task: "classify", graph, preprocess, labels, features };
}

describe("8 bits that are simulated", () => {
  it("round to the values that the bits have, and pass gradients inside of their range", () => {
    const quantization = { dtype: "int8", scale: 0.5, zeroPoint: -118 } as const;
    expect(gridEnds(quantization)).toEqual({ low: -5, high: 122.5 });
    const operation = {
      node: { op: "fakeQuantize", name: "values", quantization },
      sources: [0],
      inputs: [[1, 1, 1, 5]],
      output: [1, 1, 1, 5],
    } as const;
    const x = Float64Array.of(-7, -1.1, 0.2, 0.3, 130);
    const output = new Float64Array(5);
    const shared = { count: 1, ownStatistics: false, inputs: [x], output, kept: {} };
    const pass = { ...shared, values: () => x };
    fakeQuantizeLayer.forward(operation, {
      ...pass,
      batchNormDecay: 0,
      dropout: 0,
      random: undefined,
    });
    expect([...output]).toEqual([-5, -1, 0, 0.5, 122.5]);
    const dx = new Float64Array(5);
    const gradient = new Float64Array(5).fill(2);
    const back = { gradient, inputGradients: [dx], parameterGradient: () => x };
    fakeQuantizeLayer.backward(operation, { ...pass, ...back });
    expect([...dx]).toEqual([0, 2, 2, 2, 0]);
  });

  it("round a layer's parameters as its file will have them", () => {
    const weights = Float64Array.of(1.27, 100, -0.004, -63.4);
    const bias = Float64Array.of(0.0234, -7);
    const [input, output] = [
      { dtype: "int8", scale: 0.5, zeroPoint: 3 },
      { dtype: "int8", scale: 0.25, zeroPoint: 0 },
    ] as const;
    const rounded = (scales: "per-channel" | "per-tensor"): readonly string[] => {
      const into = { weights: new Float64Array(4), bias: new Float64Array(2) };
      roundLayer({ weights, bias }, { input, output, scales }, { channels: 2, into });
      return [...into.weights, ...into.bias].map((value) => value.toFixed(4));
    };
    const one = ["1.2700", "100.0000", "0.0000", "-63.7795", "0.0250", "-7.0866"];
    expect(rounded("per-channel")).toEqual(one);
    const all = ["1.5748", "100.0000", "0.0000", "-63.7795", "0.0000", "-7.0866"];
    expect(rounded("per-tensor")).toEqual(all);
  });
});

describe("a network with simulated 8 bits", () => {
  it.each(["per-channel", "per-tensor"] as const)(
    "computes what the 8-bit network does, weights %s",
    async (weights) => {
      const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 4 });
      const base = createReferenceNetwork(planTraining(graph), { batch: 1 });
      randomize(base, 1);
      const folded = withEveryValue(foldedNetwork(bindWeights(graph, exportWeights(base))));
      const sample = Float32Array.from(base.input, (value) => {
        const byte = Math.round((Math.max(-1, Math.min(1, value)) + 1) * 127.5);
        return byte / 127.5 - 1;
      });
      const names = folded.nodes.map(({ name }) => name);
      const valuesOf = async (of: Graph): Promise<Map<string, Float32Array>> => {
        const executable = await referenceBackend.prepare(compile(of, referenceBackend.target));
        const read = await inferOnce(executable, [sample]);
        return new Map(names.map((name, i) => [name, read.output(i)]));
      };
      const float = await valuesOf(folded);
      const quantization = assignQuantization(folded, (name) => {
        const values = float.get(name) ?? [];
        return { least: Math.min(-1, ...values), greatest: Math.max(...values) };
      });
      const plan = planTraining(folded, { quantization, weights });
      const [oracle, network] = [
        createReferenceNetwork(plan, { batch: 1 }),
        await createWasmNetwork(plan, { batch: 1 }),
      ];
      const integers = await valuesOf(quantizeGraph(folded, { quantization, weights }));
      for (const trained of [oracle, network]) {
        importWeights(trained, folded.parameters);
        trained.input.set(sample);
        const simulated = trained.forward(1, { training: false });
        const differing = [...simulated].map(([name, values]) => {
          const { scale } = required(quantization, name);
          const wanted = required(integers, name);
          return Array.from(wanted, (value, i) => Math.abs(values[i]! - value) > scale / 2);
        });
        // Weights and biases are the file's; floats and integers differ in a sum's last bits, so that one that
        // lies just between two of 8 bits may go either way.
        const shares = differing.map((d) => d.filter(Boolean).length / d.length);
        expect(shares[0]).toBe(0);
        expect(Math.max(...shares)).toBeLessThan(0.005);
      }
      network.dispose();
    },
  );
});

describe("a session with simulated 8 bits", () => {
  it.each(["per-channel", "per-tensor"] as const)(
    "ends in a file of them, weights %s",
    async (weights) => {
      const from = await floatModel();
      const session = await openSession({
        ...{ data, seed: 1, from, quantizeAware: { weights }, threads: 2 },
        recipe: { ...recipe, epochs: 2, schedule: { ...recipe.schedule, learningRate: 0.005 } },
      });
      const result = await finish(session);
      const graph = readTflite(session.quantized!(result.weights));
      session.dispose();
      // The float weights are those of any classifier whose batch norms are folded.
      const { architecture } = session.model;
      const bound = bindWeights(buildNetwork(architecture), session.weightsOf(result.weights));
      expect(bound.nodes.some(({ op }) => op === "batchNorm")).toBe(false);
      const scales = [...graph.parameters.values()].map(({ quantization }) => {
        return new Set(quantization?.scales).size;
      });
      expect(Math.max(...scales) === 1).toBe(weights === "per-tensor");
      const integers = await referenceBackend.prepare(compile(graph, referenceBackend.target));
      let right = 0;
      const { count } = data.validation;
      for (let i = 0; i < count; i++) {
        const { data: bytes } = await data.validation.picture(i);
        const read = await inferOnce(integers, [Float32Array.from(bytes, (v) => v / 127.5 - 1)]);
        if (indexOfLargest(read.output(0), 0, 4) === data.validation.label(i)) right++;
      }
      expect(result.bestHeadline).toBeGreaterThan(0.4);
      expect(Math.abs(right / count - result.bestHeadline!)).toBeLessThanOrEqual(0.1);
    },
  );

  it("asks for a model of the same classes, as it is", async () => {
    const from = await floatModel();
    const other = { ...data, classes: ["red", "green", "blue", "pink"] };
    const quantizeAware = {};
    await expect(openSession({ data: other, recipe, from, quantizeAware })).rejects.toThrow(
      /same classes/,
    );
    await expect(openSession({ data, recipe, quantizeAware })).rejects.toThrow(/same classes/);
    const boxes = { ...data, training: { ...data.training, label: () => [] } } as never;
    await expect(
      openSession({ task: "detect", data: boxes, recipe, from, quantizeAware }),
    ).rejects.toThrow(/to detect 4 classes.*received one to classify/);
    const frozen = { data, recipe, from, quantizeAware, freeze: "head" };
    await expect(openSession(frozen)).rejects.toThrow(/no freeze/);
  });
});
