/** The same passes on the reference and on WebAssembly, and how far apart they are. */
import type { Graph, Parameter } from "../../src/graph/ir.ts";
import { Random } from "../../src/random.ts";
import {
  clearGradients,
  exportWeights,
  importWeights,
  type NetworkOptions,
  type Outputs,
  type TrainingNetwork,
} from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import type { Values } from "../../src/train/values.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { fillNormal, norm, randomize } from "./networks.ts";

/**
 * Smaller sizes count as this: inputs, weights and outputs' gradients are near 1, and where their products
 * cancel, the roundings of a sum are still some 1e-6.
 */
const least = 0.02;

/** What is compared. */
export interface Comparison {
  readonly seed: number;
  /** Samples of the pass. Default: the whole batch. */
  readonly count?: number;
  /** The outputs that have a gradient. Default: all. */
  readonly from?: readonly string[];
  /** In place of random ones. */
  readonly weights?: ReadonlyMap<string, Parameter>;
}

/** ‖a − b‖ as a part of a size. */
export interface Difference {
  readonly name: string;
  readonly error: number;
}

/** Normal gradients for some outputs. */
export function randomGradients(
  outputs: Outputs,
  seed: number,
  from: readonly string[] = [...outputs.keys()],
): Map<string, Values> {
  return new Map(
    [...outputs].flatMap(([name, values], i) => {
      const gradient = values.slice();
      fillNormal(gradient, new Random(seed, 3000, i));
      return from.includes(name) ? [[name, gradient] as const] : [];
    }),
  );
}

/**
 * Outputs, gradients, statistics and evaluations of WebAssembly and of the reference in double precision,
 * each difference relative.
 */
export async function compareNetworks(
  graph: Graph,
  options: NetworkOptions,
  { seed, count = options.batch, from, weights }: Comparison,
): Promise<readonly Difference[]> {
  const plan = planTraining(graph);
  const oracle = createReferenceNetwork(plan, options);
  const network = await createWasmNetwork(plan, options);
  try {
    randomize(oracle, seed);
    if (weights !== undefined) importWeights(oracle, weights);
    importWeights(network, exportWeights(oracle));
    importWeights(oracle, exportWeights(network));
    network.input.set(oracle.input);
    oracle.input.set(network.input);
    const fixed = createReferenceNetwork(plan, { ...options, frozenBatchNorm: true });
    importWeights(fixed, exportWeights(oracle));
    fixed.input.set(oracle.input);
    const pass = (of: TrainingNetwork): Outputs => {
      clearGradients(of);
      const outputs = of.forward(count, { training: true, random: new Random(seed, 5) });
      const kept = copied(outputs);
      of.backward(randomGradients(outputs, seed, from));
      return kept;
    };
    if (options.frozenBatchNorm !== true) pass(fixed);
    const sizes = new Map(
      [...fixed.parameters.values()].map(({ name, gradient }) => [name, norm(gradient ?? [])]),
    );
    const trained = [oracle, network].map(pass);
    const evaluated = [oracle, network].map((of) => copied(of.forward(count, { training: false })));
    return [
      ...differences("output", trained),
      ...differences("evaluated", evaluated),
      ...parameterDifferences(oracle, network, sizes),
    ];
  } finally {
    network.dispose();
  }
}

function copied(outputs: Outputs): Outputs {
  return new Map([...outputs].map(([name, values]) => [name, values.slice()]));
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm(Array.from(a, (value, i) => value - b[i]!));
}

function differences(what: string, [wanted, got]: readonly Outputs[]): readonly Difference[] {
  return [...wanted!].map(([name, values]) => {
    const other = got?.get(name) ?? [];
    const error = distance(values, other) / Math.max(norm(values), least);
    return { name: `${what} ${name}`, error: other.length === values.length ? error : Infinity };
  });
}

/**
 * Gradients may cancel to nothing (a β before another batch norm has none), but the parts that they are
 * sums of do not: a gradient is measured by its own size or, where that is larger, by the one that it has
 * where batch norms keep their statistics.
 */
function parameterDifferences(
  oracle: TrainingNetwork,
  network: TrainingNetwork,
  fixed: ReadonlyMap<string, number>,
): readonly Difference[] {
  return [...oracle.parameters.values()].map(({ name, values, gradient }) => {
    const other = network.parameters.get(name);
    if (gradient === undefined) {
      return { name, error: distance(values, other?.values ?? []) / norm(values) };
    }
    const size = Math.max(norm(gradient), fixed.get(name) ?? 0, least);
    return { name, error: distance(gradient, other?.gradient ?? []) / size };
  });
}
