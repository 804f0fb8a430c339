/**
 * A network's cost as one table: parameters, multiply-adds, tensor sizes and the activation memory
 * that a run needs, with and without fused blocks (section 5.1).
 */
import { checkGraph } from "../graph/check-graph.ts";
import { countCost } from "../graph/cost.ts";
import type { FeatureShape, Graph } from "../graph/ir.ts";
import { elementCount } from "../tensor.ts";
import { optimize } from "./compile.ts";
import { planMemory } from "./plan-memory.ts";
import { checkTarget, queueBytes, type Target } from "./program.ts";

/** One operation of the unfused network. */
export interface LayerProfile {
  readonly name: string;
  readonly operation: string;
  readonly outputShape: FeatureShape;
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** Bytes of the output: one a value where it is 8-bit, else four. */
  readonly outputBytes: number;
}

/** A network's cost. */
export interface Profile {
  readonly model: string;
  /** Trainable parameters, batch norm's γ and β included. */
  readonly parameters: number;
  /** Those of convolutions and dense layers alone, as the published checkpoint table counts them. */
  readonly weightParameters: number;
  readonly multiplyAdds: number;
  /** Bytes that a run on one thread holds beside its weights, the input included. */
  readonly peakActivationBytes: { readonly fused: number; readonly unfused: number };
  readonly layers: readonly LayerProfile[];
}

/**
 * Profiles a graph; weights are not needed.
 *
 * @param target - The backend whose memory plan is asked for, `wasmBackend.target` say.
 * @throws MobileNetError `invalid-model` when the graph's shapes do not fit; `invalid-argument` for what is
 *   no graph or no target.
 *
 * @example
 * ```ts
 * const { parameters, multiplyAdds } = profile(mobilenetV2(), wasmBackend.target);
 * [parameters, multiplyAdds]; // [3504872, 300774272]
 * ```
 */
export function profile(graph: Graph, target: Target): Profile {
  checkGraph(graph, "profile");
  checkTarget(target, "profile");
  const cost = countCost(graph);
  const arena = (fuseBlocks: boolean): number => {
    const variant = { ...target, fuseBlocks };
    const program = planMemory(optimize(graph, variant), variant);
    return program.arenaBytes + queueBytes(program);
  };
  const bytes = new Set(graph.nodes.filter((node) => node.quantization).map(({ name }) => name));
  return {
    model: graph.name,
    parameters: cost.parameters,
    weightParameters: cost.weightParameters,
    multiplyAdds: cost.multiplyAdds,
    peakActivationBytes: { fused: arena(true), unfused: arena(false) },
    layers: cost.nodes.map((node) => ({
      name: node.name,
      operation: node.op,
      outputShape: node.outputShape,
      parameters: node.parameters,
      multiplyAdds: node.multiplyAdds,
      outputBytes: elementCount(node.outputShape) * (bytes.has(node.name) ? 1 : 4),
    })),
  };
}
