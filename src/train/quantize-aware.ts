/**
 * Training with the 8 bits that the network will have (Jacob et al., 2018; Krishnamoorthi, 2018): batch
 * norms are folded into the weights, so that what is rounded is what the file has; ranges of values are
 * moving averages over pictures and then fixed.
 */
import { runOnce } from "../backends/synchronous.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { compile } from "../compile/compile.ts";
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Conv2dNode, DepthwiseConv2dNode, Graph, Network, Node } from "../graph/ir.ts";
import { consumersOf, pruneGraph } from "../graph/rewrite.ts";
import type { Preprocess } from "../image/presets.ts";
import type { Model } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import type { ValueRange, WeightScales } from "../quantize/affine.ts";
import { assignQuantization } from "../quantize/assign.ts";
import { foldedNetwork, withEveryValue } from "../quantize/network.ts";
import { presetRange, writeQuantized } from "../quantize/quantize-model.ts";
import { quantizeGraph } from "../quantize/rewrite.ts";
import { purpose, Random } from "../random.ts";
import { required } from "../required.ts";
import type { Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { isDamaged, type SampleSet } from "./data/samples.ts";
import type { QuantizationSimulation } from "./plan.ts";
import type { TrainingTask } from "./session-tasks.ts";
import { takeTurn } from "./turn.ts";

/** How 8 bits are simulated. */
export interface QuantizeAware {
  /** Whether weights have one scale for each output channel, or one for all. Default: `per-channel`. */
  readonly weights?: WeightScales | undefined;
}

/** Samples that ranges are measured on, and how many make a step of their moving average. */
const [measured, together] = [256, 16];

/** What remains of a moving range at each step. */
const rangeDecay = 0.9;

/** A network as it is trained with 8 bits. */
export interface AwareNetwork {
  readonly network: Network;
  /** By the folded network's parameters: what they are called where batch norms were, as a folder has them. */
  readonly plainNames: ReadonlyMap<string, string>;
}

/**
 * A finished model's network as it is trained further: folded, with its own classes.
 *
 * @throws MobileNetError `invalid-argument` where the model has other classes, `unsupported` where it has no
 *   8-bit form.
 */
export function awareNetwork(
  model: Model | undefined,
  { task, classes }: { readonly task: TrainingTask; readonly classes: readonly string[] },
): AwareNetwork {
  const own = model?.labels ?? [];
  const { architecture, landmarks } = model?.graph ?? {};
  const fits = model !== undefined && taskOf(model) === task && hasClasses(model, classes);
  if (!fits || architecture === undefined || landmarks === undefined || !isOwn(model.graph)) {
    throw new MobileNetError(
      "invalid-argument",
      "8 bits are simulated in a model of the same classes",
      {
        expected: `a float32 model of this library to ${task} ${classes.length} classes, in their order`,
        received:
          model === undefined
            ? "none to start from"
            : `one to ${taskOf(model)} ${quote(own.slice(0, 5).join(", "))}`,
        remedy: "Train a float32 model first, and start from it.",
      },
    );
  }
  const folded = foldedNetwork(model.graph);
  const network = { ...folded, architecture, landmarks } satisfies Network<Architecture>;
  return { network, plainNames: plainNames(model.graph, folded) };
}

/** Whether a model's classes are these, in their order. */
export function hasClasses({ labels }: Pick<Model, "labels">, classes: readonly string[]): boolean {
  return labels.length === classes.length && labels.every((label, i) => label === classes[i]);
}

function taskOf(model: Model): Model["task"] | TrainingTask {
  return model.task === "classify" && model.multiLabel ? "multi-label" : model.task;
}

/** Whether weights go by the names that a network of this library gives them. */
function isOwn({ architecture, parameters }: Graph): boolean {
  if (architecture === undefined) return false;
  const own = buildNetwork(architecture).parameters;
  return [...parameters.keys()].every((name) => own.has(name) || name.endsWith("/bias"));
}

/** A folded convolution is called as what it took in last: its batch norm, its activation. */
function plainNames(graph: Graph, folded: Graph): ReadonlyMap<string, string> {
  const convolutions = folded.nodes.flatMap((node) => (isConvolution(node) ? [node] : []));
  const byName = new Map(convolutions.map((node) => [node.name, node]));
  const readers = consumersOf(graph);
  const names = new Map<string, string>();
  for (const node of pruneGraph(graph).nodes) {
    if (!isConvolution(node)) continue;
    let last: Node = node;
    while (!byName.has(last.name)) last = required(readers, last.name)[0]!;
    const { weights, bias } = required(byName, last.name);
    names.set(weights, node.weights);
    if (bias !== undefined) names.set(bias, node.bias ?? `${node.name}/bias`);
  }
  return names;
}

function isConvolution(node: Node): node is Conv2dNode | DepthwiseConv2dNode {
  return node.op === "conv2d" || node.op === "depthwiseConv2d";
}

/** Measures ranges over some samples, as they are for evaluation, and gives every value its 8 bits. */
export async function simulateQuantization(
  graph: Graph,
  {
    samples,
    preprocess,
    weights = "per-channel",
    seed,
    threads,
    signal,
  }: QuantizeAware & {
    readonly samples: SampleSet<unknown>;
    readonly preprocess: Preprocess;
    readonly seed: number;
    readonly threads: number | "auto";
    readonly signal: AbortSignal | undefined;
  },
): Promise<QuantizationSimulation> {
  const program = compile(withEveryValue(graph), wasmBackend.target);
  const executable = await wasmBackend.prepare(program, { threads });
  const ranges = graph.nodes.map(() => new MovingRange());
  const some = new Random(seed, purpose.statistics)
    .permutation(samples.count)
    .subarray(0, measured);
  try {
    const sample = new Float32Array(executable.input().length);
    let sound = 0;
    for (const index of some) {
      await takeTurn(signal);
      try {
        await samples.read(index, sample);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        continue;
      }
      const outputs = runOnce(executable, [sample]);
      for (const [node, range] of ranges.entries()) {
        if (graph.nodes[node]?.op !== "input") range.add(outputs.output(node));
      }
      sound++;
      if (sound % together === 0) for (const range of ranges) range.step();
    }
    if (sound === 0) {
      throw new MobileNetError("invalid-image", "no picture to measure ranges of 8 bits on", {
        expected: "pictures that can be read",
        received: `${some.length} that cannot`,
      });
    }
    if (sound % together !== 0) for (const range of ranges) range.step();
  } finally {
    executable.dispose();
  }
  const byName = new Map(graph.nodes.map(({ name }, node) => [name, ranges[node]!]));
  const inputs = new Set(graph.nodes.filter(({ op }) => op === "input").map(({ name }) => name));
  const quantization = assignQuantization(graph, (name) =>
    inputs.has(name) ? presetRange(preprocess) : required(byName, name).range(),
  );
  return { quantization, weights };
}

/** The least and greatest values of some samples at a time, averaged. */
class MovingRange {
  #least = 0;
  #greatest = 0;
  #mean: ValueRange | undefined;

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < this.#least) this.#least = value;
      if (value > this.#greatest) this.#greatest = value;
    }
  }

  step(): void {
    const now = { least: this.#least, greatest: this.#greatest };
    const before = this.#mean ?? now;
    const move = (from: number, to: number): number => rangeDecay * from + (1 - rangeDecay) * to;
    this.#mean = {
      least: move(before.least, now.least),
      greatest: move(before.greatest, now.greatest),
    };
    [this.#least, this.#greatest] = [0, 0];
  }

  range(): ValueRange {
    return this.#mean ?? { least: 0, greatest: 0 };
  }
}

/** The `.tflite` file of a network that was trained so: the integers that were simulated. */
export function exportAware(
  model: Model,
  {
    network,
    trained,
    simulation,
  }: {
    readonly network: Network;
    readonly trained: ReadonlyMap<string, Tensor>;
    readonly simulation: QuantizationSimulation;
  },
): Uint8Array {
  const graph = quantizeGraph(bindWeights(network, trained), simulation);
  return writeQuantized(model, graph, "int8");
}
