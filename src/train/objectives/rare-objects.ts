/** First values of class predictors where nearly all anchors show nothing (Lin et al., 2017, section 4.1). */
import { MobileNetError } from "../../errors.ts";
import { required } from "../../required.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { checkNetwork, type TrainingNetwork } from "../network.ts";
import { isOperation, type Source } from "../plan.ts";

/**
 * Sets the biases of a detector's class predictors so that every class's sigmoid gives every anchor the same
 * small probability at first: b = −log((1 − π) / π). Under the focal loss, where all anchors count, the many
 * of the background would drown the rest in the first steps otherwise.
 *
 * @param probability - π, between 0 and 1. Default: 0.01.
 * @throws MobileNetError `invalid-argument` for other numbers, or a network without such predictors.
 *
 * @example
 * ```ts
 * const plan = planTraining(ssdlite({ width: 0.25, resolution: 96, classes: 2 }));
 * const network = createReferenceNetwork(plan, { batch: 1 });
 * initialize(network, { seed: 1 });
 * expectRareObjects(network);
 * network.parameters.get("class_0/project/bias")?.values[1]?.toFixed(3); // "-4.595"
 * ```
 */
export function expectRareObjects(network: TrainingNetwork, probability = 0.01): void {
  checkNetwork(network, "expectRareObjects");
  if (!isNumberIn(probability, Number.MIN_VALUE, 1) || probability === 1) {
    throw new MobileNetError("invalid-argument", "bad probability", {
      expected: "a number between 0 and 1",
      received: quote(probability),
    });
  }
  const { graph, operations, outputs } = network.plan;
  const scores = outputs[1];
  const biases: string[] = [];
  const visit = (source: Source): void => {
    const operation = operations[source];
    if (isOperation(operation, "concat", "reshape")) operation.sources.forEach(visit);
    if (isOperation(operation, "conv2d") && operation.node.bias !== undefined) {
      biases.push(operation.node.bias);
    }
  };
  if (scores !== undefined) visit(scores.source);
  if (scores === undefined || biases.length === 0) {
    throw new MobileNetError("invalid-argument", "the network has no class predictors", {
      node: graph.name,
      expected: "a detector with anchors, whose second output joins the logits of convolutions",
      received: outputs.map(({ name }) => name).join(", "),
    });
  }
  const [, , , columns] = scores.shape;
  for (const name of biases) {
    const { values } = required(network.parameters, name);
    // Column 0 of each anchor is the background's.
    for (let i = 0; i < values.length; i++) {
      values[i] = i % columns === 0 ? 0 : Math.log(probability / (1 - probability));
    }
  }
}
