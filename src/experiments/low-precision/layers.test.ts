import { expect, it } from "vitest";
import { bindWeights, type Graph, mobilenetV2 } from "../../index.ts";
import {
  createReferenceNetwork,
  exportWeights,
  initialize,
  planTraining,
} from "../../train/index.ts";
import { openGraph } from "../small-networks/run-network.ts";
import { layerGraphs, openLayers } from "./layers.ts";

const network = mobilenetV2({ width: 0.1, resolution: 32, classes: 5 });
const weights = createReferenceNetwork(planTraining(network), { batch: 1 });
initialize(weights, { seed: 3 });
// Batch norms that do something.
for (const { name, values } of weights.parameters.values()) {
  if (/beta|mean/.test(name)) for (let i = 0; i < values.length; i++) values[i] = 0.1 * Math.sin(i);
}
const graph: Graph = bindWeights(network, exportWeights(weights));
const input = Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => Math.sin(i * i));

it("a network layer by layer has the scores that it has as a whole", async () => {
  const layers = await openLayers(graph);
  const whole = await openGraph({ ...graph, outputs: ["classifier", "block_5/add"] });
  whole.input().set(input);
  whole.run();
  const seen = new Map<string, Float32Array>();
  const scores = layers.run(input, (values, place) => {
    seen.set(layers.names[place]!, values.slice());
  });
  // Float32 sums in other orders; docs/debugging.md has the bound of a whole network.
  const compare = (ours: Float32Array, theirs: Float32Array): void => {
    const most = Math.max(...theirs.map(Math.abs));
    expect(ours).toHaveLength(theirs.length);
    for (const [i, value] of theirs.entries()) {
      expect(Math.abs(ours[i]! - value)).toBeLessThanOrEqual(1e-4 * most);
    }
  };
  compare(scores, whole.output(0));
  compare(seen.get("block_5/add")!, whole.output(1));
  layers.dispose();
  whole.dispose();
});

it("what is written into a layer's values goes on", async () => {
  const layers = await openLayers(graph);
  const usual = layers.run(input, () => {});
  const changed = layers.run(input, (values, place) => {
    if (layers.names[place] === "pool") values.fill(0);
  });
  // Nothing but the classifier's bias, which begins with 0.
  expect([...changed]).toEqual([0, 0, 0, 0, 0]);
  expect(usual.some((value) => value !== 0)).toBe(true);
  layers.dispose();
});

it("layers are convolutions with batch norm and activation, sums, and the pool", () => {
  const names = layerGraphs(graph).map(({ name }) => name);
  const convolutions = 1 + 2 + 16 * 3 + 1 + 1;
  // At this width the last two blocks have as many channels: one sum more than table 2's ten.
  const sums = graph.nodes.filter(({ op }) => op === "add").length;
  expect(names).toHaveLength(convolutions + sums + 1);
  expect(names.slice(0, 3)).toEqual([
    "stem/relu6",
    "block_0/depthwise/relu6",
    "block_0/project/batch_norm",
  ]);
  expect(names.slice(-2)).toEqual(["pool", "classifier"]);
});
