/**
 * A network that can be trained: memory for a batch, parameters with their gradients, and the two
 * directions. Two implementations exist, plain TypeScript (reference-network.ts, the oracle) and
 * WebAssembly (wasm/); what trains them does not know which it has.
 */
import {
  belowOne,
  checkMap,
  type Kinds,
  needed,
  threadCount,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { Parameter, ParameterRole } from "../graph/ir.ts";
import type { Random } from "../random.ts";
import { elementCount, type Shape, type Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { TrainingPlan } from "./plan.ts";
import type { Values } from "./values.ts";

/** A parameter under training. The arrays are the network's own memory: write to change it. */
export interface TrainedParameter {
  readonly name: string;
  readonly shape: Shape;
  /** What its layer uses it for; weight decay asks. Means and variances are moved, not trained. */
  readonly role: ParameterRole;
  readonly values: Values;
  /** Adds up over `backward` calls until cleared; absent for means and variances. */
  readonly gradient: Values | undefined;
}

/** What a network is made with. */
export interface NetworkOptions {
  /** The most samples that one pass takes. */
  readonly batch: number;
  /** The share of pooled features that is dropped while training. Default 0. */
  readonly dropout?: number;
  /** What remains of the moving statistics at each step. Default 0.9. */
  readonly batchNormDecay?: number;
  /** Batch norms keep their moving statistics while training; γ and β are still trained. */
  readonly frozenBatchNorm?: boolean;
  /**
   * How many threads a WebAssembly network works on; `auto` for as many as the machine makes use of.
   * The results are the same bits for any number. Default 1.
   */
  readonly threads?: number | "auto";
}

/** The options that change what a network computes, defaults filled in. */
export type NetworkSettings = Required<
  Pick<NetworkOptions, "dropout" | "batchNormDecay" | "frozenBatchNorm">
>;

/** Values of a network's outputs by their names in the plan, or the gradients of these. */
export type Outputs = ReadonlyMap<string, Values>;

/** How a forward pass is meant. */
export interface ForwardMode {
  /** With the batch's statistics and dropout, keeping what `backward` needs. */
  readonly training: boolean;
  /** Draws dropout; without it nothing is dropped. */
  readonly random?: Random | undefined;
}

/** Memory, parameters and the two directions. */
export interface TrainingNetwork {
  readonly plan: TrainingPlan;
  /** How it computes, for reports. */
  readonly description: string;
  readonly batch: number;
  readonly settings: NetworkSettings;
  /** `[batch, h, w, c]`, to be filled before `forward`. */
  readonly input: Values;
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
  /** The outputs of the first `count` samples by name, `[count, h, w, c]`; valid until the next call. */
  forward(count: number, mode: ForwardMode): Outputs;
  /**
   * Once after each training `forward`: from the outputs' gradients to those of all parameters, which they
   * are added to. An output that is left out has none.
   */
  backward(gradients: Outputs): void;
  dispose(): void;
}

/**
 * Refuses what is no network for training.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkNetwork(network: unknown, call: string): void {
  const { plan, parameters, forward, batch } = fieldsOf(network);
  const built = typeof plan === "object" && parameters instanceof Map;
  if (built && typeof forward === "function" && typeof batch === "number") return;
  throw wrongArgument(call, "a network for training, as createWasmNetwork gives", network);
}

/** The kinds of what a network is made with. */
export const networkOptionKinds: Kinds<NetworkOptions> = {
  batch: needed(wholeFrom(1, 65_536)),
  dropout: belowOne,
  batchNormDecay: belowOne,
  frozenBatchNorm: truthValue,
  threads: threadCount,
};

/** Options with their defaults, checked. */
export function resolveNetworkOptions(options: NetworkOptions): Required<NetworkOptions> {
  const {
    batch,
    dropout = 0,
    batchNormDecay = 0.9,
    frozenBatchNorm = false,
    threads = 1,
  } = options;
  return { batch, dropout, batchNormDecay, frozenBatchNorm, threads };
}

/** Refuses a count of samples that does not fit the network's memory. */
export function checkCount(count: number, batch: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= batch) return;
  throw new MobileNetError("invalid-argument", "the batch has another size", {
    expected: `1 to ${batch} samples`,
    received: quote(count),
  });
}

/**
 * Clears all gradients.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const network = createReferenceNetwork(plan, { batch: 1 });
 * clearGradients(network);
 * network.parameters.get("classifier/bias")?.gradient?.[0]; // 0
 * ```
 */
export function clearGradients(network: TrainingNetwork): void {
  checkNetwork(network, "clearGradients");
  for (const { gradient } of network.parameters.values()) gradient?.fill(0);
}

/**
 * Copies of all parameters as tensors, as `bindWeights` and files take them.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 3 });
 * const network = createReferenceNetwork(planTraining(graph), { batch: 1 });
 * const bound = bindWeights(graph, exportWeights(network));
 * bound.parameters.get("classifier/bias")?.data?.length; // 3
 * ```
 */
export function exportWeights(network: TrainingNetwork): Map<string, Tensor> {
  checkNetwork(network, "exportWeights");
  return new Map(
    [...network.parameters.values()].map(({ name, shape, values }) => {
      return [name, { dtype: "float32", shape, data: Float32Array.from(values) }];
    }),
  );
}

/**
 * Writes tensors into a network.
 *
 * @throws MobileNetError `invalid-model` where one is missing or of another size.
 *
 * @example
 * ```ts
 * const plan = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
 * const [from, to] = [createReferenceNetwork(plan, { batch: 1 }), createReferenceNetwork(plan, { batch: 4 })];
 * initialize(from, { seed: 1 });
 * importWeights(to, exportWeights(from));
 * to.parameters.get("stem/batch_norm/variance")?.values[0]; // 1
 * ```
 */
export function importWeights(
  network: TrainingNetwork,
  tensors: ReadonlyMap<string, Pick<Tensor, "data"> | Parameter>,
): void {
  checkNetwork(network, "importWeights");
  checkMap(tensors, "importWeights", "tensors by their names");
  for (const { name, values } of network.parameters.values()) {
    const data = tensors.get(name)?.data;
    if (data === undefined || data.length !== values.length) {
      throw new MobileNetError("invalid-model", "the weights do not fit the network", {
        node: name,
        expected: `${values.length} values`,
        received: data === undefined ? "nothing" : `${data.length}`,
      });
    }
    values.set(data);
  }
}

/**
 * An output's gradient as it is handed to `backward`.
 *
 * @throws MobileNetError `invalid-argument` where it has too few values.
 */
export function checkGradient(name: string, gradient: ArrayLike<number>, size: number): void {
  if (gradient.length >= size) return;
  throw new MobileNetError("invalid-argument", "a gradient has another size than its output", {
    node: name,
    expected: `${size} values`,
    received: `${gradient.length}`,
  });
}

/** The error of `backward` without `forward`. */
export function nothingToGoBack(): MobileNetError {
  return new MobileNetError("invalid-argument", "backward needs a training pass before it");
}

/** Whether a parameter has a gradient: a batch norm's statistics have none. */
export function isTrained(role: ParameterRole): boolean {
  return role !== "mean" && role !== "variance";
}

/** How many values a parameter of the plan has. */
export function parameterSize({ graph }: TrainingPlan, name: string): number {
  return elementCount(graph.parameters.get(name)?.shape ?? [0]);
}
