/** What can be made of a model: found out by beginning with it, short of any picture. */
import { MobileNetError } from "../errors.ts";
import { writeOnnx } from "../formats/onnx/writer.ts";
import { writeTflite } from "../formats/tflite/writer.ts";
import type { Graph } from "../graph/ir.ts";
import { foldedNetwork, writableGraph } from "../quantize/network.ts";
import { required } from "../required.ts";
import { renewed } from "../train/base-network.ts";
import { planTraining } from "../train/plan.ts";
import { foldedConvolutions, unfoldBatchNorms } from "../train/unfold.ts";
import type { Ability, Inspection } from "./inspection.ts";

/** What can be made of a network with its weights. */
export function abilitiesOf(graph: Graph): NonNullable<Inspection["can"]> {
  return {
    train: attempt(() => trainable(graph)),
    quantize: attempt(() => foldedNetwork(graph)),
    convert: {
      tflite: attempt(() => writeTflite(writableGraph(graph))),
      onnx: attempt(() => writeOnnx(graph)),
    },
  };
}

function attempt(work: () => unknown): Ability {
  try {
    work();
    return { possible: true };
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    return { possible: false, reason: error.message };
  }
}

/** The backbone with a classifier of its own, as layers; folded batch norms are given back. */
function trainable(graph: Graph): void {
  const network = renewed(graph, 2, {});
  const statistics = new Map(
    foldedConvolutions(network).map((name) => {
      const node = network.nodes.find((each) => each.name === name);
      const bias = node !== undefined && "bias" in node ? (node.bias ?? "") : "";
      const [channels = 0] = required(network.parameters, bias).shape;
      const ones = new Float64Array(channels).fill(1);
      return [name, { mean: ones, variance: ones }] as const;
    }),
  );
  planTraining(unfoldBatchNorms(network, { statistics, epsilon: network.architecture.epsilon }));
}
