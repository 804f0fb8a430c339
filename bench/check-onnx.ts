/**
 * Whether the ONNX files that the library writes mean the same elsewhere: random graphs of any
 * operations, float32 within the bounds of its error analysis and 8 bits within a step for each node, and
 * whole networks, on onnxruntime-node, which bench/peers installs.
 * `npm ci --prefix bench/peers && node bench/run.js check-onnx --graphs 300 --seed 1`,
 * with `--opset 9` to 21, `--layout nhwc` and `--batch open` for files written so.
 */
import fc from "fast-check";
import { MobileNetError } from "../src/errors.ts";
import { type OnnxSettings, usualOnnxSettings } from "../src/formats/onnx/write-settings.ts";
import type { Graph } from "../src/graph/ir.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { deeplabV3 } from "../src/models/deeplab.ts";
import { mobilenetV1 } from "../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { ssdlite } from "../src/models/ssdlite.ts";
import { assemble } from "../test/conformance/assemble.ts";
import { randomInputs } from "../test/conformance/backends.ts";
import { anyFloatRecipes, byteRecipes } from "../test/conformance/recipes.ts";
import { compareBytes, realDifference } from "../test/onnx/compare.ts";
import { argument } from "./arguments.ts";
import { onnxruntime as engine } from "./onnxruntime.ts";

const settings = {
  numRuns: Number(argument("graphs", "300")),
  seed: Number(argument("seed", "1")),
};
const file: OnnxSettings = {
  ...usualOnnxSettings,
  opset: Number(argument("opset", "13")),
  layout: argument("layout", "nchw") === "nhwc" ? "nhwc" : "nchw",
  dynamicBatch: argument("batch", "fixed") === "open",
};

/** The same, and nothing where the operator set has no words for the graph. */
async function difference(graph: Graph, seed: number): Promise<string | undefined> {
  try {
    return await realDifference(graph, randomInputs(graph, seed), { engine, settings: file });
  } catch (error) {
    if (error instanceof MobileNetError && error.code === "unsupported") {
      refused.set(error.message, (refused.get(error.message) ?? 0) + 1);
      return undefined;
    }
    throw error;
  }
}
const refused = new Map<string, number>();
const seeds = fc.integer({ min: 1, max: 2 ** 30 });

const networks: Readonly<Record<string, Graph>> = {
  MobileNetV2: mobilenetV2({ width: 0.35, resolution: 96 }),
  "MobileNetV2, padded as in PyTorch": mobilenetV2({
    width: 0.35,
    resolution: 96,
    padding: "symmetric",
  }),
  MobileNetV1: mobilenetV1({ width: 0.25, resolution: 96 }),
  SSDLite: ssdlite({ width: 0.35, resolution: 96 }),
  DeepLabv3: deeplabV3({ width: 0.35, resolution: 65, aspp: true }),
};
for (const [name, network] of Object.entries(networks)) {
  const graph = withRandomWeights(network);
  const found = await difference(graph, settings.seed);
  console.log(`${name}: ${found ?? "within the bounds of float32"}`);
  if (found !== undefined) process.exitCode = 1;
}

/** onnxruntime joins zeros and the mean behind them, and then wants fewer than its window has taps. */
function hasWidePads({ nodes }: Graph): boolean {
  return nodes.some((node) => {
    if (node.op !== "averagePool2d") return false;
    const source = nodes.find(({ name }) => name === node.inputs[0]);
    return (
      source?.op === "pad" && Math.max(...Object.values(source.pads)) >= Math.min(...node.kernel)
    );
  });
}
const floatGraphs = anyFloatRecipes.map(assemble).filter((graph) => !hasWidePads(graph));
await fc.assert(
  fc.asyncProperty(floatGraphs, seeds, async (graph, seed) => {
    const found = await difference(graph, seed);
    if (found !== undefined) throw new Error(found);
  }),
  settings,
);
for (const [message, times] of refused) console.log(`refused ${times} times: ${message}`);
console.log(`${settings.numRuns} float32 graphs: within the bounds of float32`);

const seen = new Map<string, number>();
await fc.assert(
  fc.asyncProperty(byteRecipes.map(assemble), seeds, async (graph, seed) => {
    const { differences, compared } = await compareBytes(graph, seed, engine);
    if (differences.length > 0) throw new Error(differences.join("\n"));
    for (const [op, nodes] of compared) seen.set(op, (seen.get(op) ?? 0) + nodes);
  }),
  settings,
);
const counts = [...seen].map(([op, nodes]) => `${nodes} ${op}`);
console.log(`8-bit nodes: within a step (${counts.join(", ")})`);
