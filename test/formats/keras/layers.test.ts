/**
 * Layers models as TensorFlow.js saves them, with what it computes with them: every kind of layer, read
 * by the topology and run on every backend. `test/golden/make/layers.mjs` shows how they were made.
 */
import { describe, expect, it } from "vitest";
import { readKeras } from "../../../src/formats/keras/keras.ts";
import { NamedWeights } from "../../../src/formats/keras/weights.ts";
import { readWeightGroups } from "../../../src/formats/tfjs.ts";
import { parseManifest } from "../../../src/formats/tfjs-manifest.ts";
import { backends, runOn } from "../../conformance/backends.ts";
import { type GoldenLayers, goldenLayers } from "./golden-layers.ts";

function read({ modelTopology, weights, data }: GoldenLayers, statesRange = true) {
  const groups = parseManifest({ weightsManifest: [{ paths: ["w"], weights }] }, "model.json");
  const tensors = readWeightGroups(groups, new Map([["w", data]]));
  return readKeras({
    ...{ model: modelTopology, place: "model.json", bytes: data.length, statesRange },
    ...{ framework: "TensorFlow.js layers 4.22.0", dialect: "tfjs", resolution: undefined },
    weights: ({ layers }) => new NamedWeights(tensors, layers),
  });
}

describe("layers of TensorFlow.js", () => {
  it.each(goldenLayers)("give the same: $name", async (golden) => {
    const { graph, facts } = read(golden, false);
    for (const backend of backends) {
      const [output] = await runOn(backend, graph, [golden.input(graph)]);
      // Sums of a few hundred float32 products around 1.
      expect(largest(output!, golden.output)).toBeLessThan(2e-5);
    }
    expect(facts.range).toBeUndefined();
  });

  it("state as the range what scales the picture first", async () => {
    const golden = goldenLayers.find(({ name }) => name === "head")!;
    const { graph, facts } = read(golden);
    const { scale, offset } = facts.range!.value;
    expect(facts.range?.from).toMatch(/^Rescaling "/);
    expect([...scale, ...offset]).toEqual([...Array(3).fill(1 / 127.5), ...Array(3).fill(-1)]);
    const input = golden.input(graph).map((byte) => byte * scale[0] + offset[0]);
    const [output] = await runOn(backends[0]!, graph, [input]);
    expect(largest(output!, golden.output)).toBeLessThan(2e-5);
  });

  it("are counted by their classes", () => {
    const { facts } = read(goldenLayers.find(({ name }) => name === "nested")!);
    const counts = { Conv2D: 1, GlobalAveragePooling2D: 1, Dense: 2 };
    expect(Object.fromEntries(facts.operations)).toEqual(counts);
  });
});

function largest(values: Float32Array, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)));
}
