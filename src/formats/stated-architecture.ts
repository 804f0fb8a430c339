/**
 * What a file says its graph was built from, beside the graph itself. A file may come from anywhere, so
 * its word counts only where the network of that architecture computes the same
 * steps from the same inputs; then the model knows its arguments, ε and block variant included.
 */
import { MobileNetError } from "../errors.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Graph } from "../graph/ir.ts";
import { stepsOf } from "../graph/steps.ts";
import type { Task } from "../models/model.ts";
import type { Stated } from "./file-facts.ts";
import { readNetwork } from "./read-architecture.ts";

/** What is stated, where the graph is that network; else a note that says why it is passed over. */
export function confirmArchitecture(
  graph: Graph,
  task: Task,
  { value, from }: Stated<unknown>,
): { readonly architecture?: Architecture; readonly note?: string } {
  const ignored = (why: string) => ({ note: `the architecture in ${from} is passed over: ${why}` });
  try {
    const network = readNetwork(value, "architecture");
    const { architecture } = network;
    if (architecture.task !== task)
      return ignored(`the graph is not there to ${architecture.task}`);
    const isSame = sameSteps(graph, network);
    return isSame ? { architecture } : ignored("the graph is another network");
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    return ignored(error.message);
  }
}

/** Whether two graphs compute the same but for weights, folded batch norms, rounding to 8 bits and the batch. */
function sameSteps(a: Graph, b: Graph): boolean {
  const numbers = new Map<string, number>();
  const [one, other] = [stepsOf(a, numbers), stepsOf(b, numbers)];
  // In whichever order they run.
  const inOrder = ({ steps }: typeof one) => steps.map(({ number }) => number).toSorted();
  return (
    one.outputs.join() === other.outputs.join() && inOrder(one).join() === inOrder(other).join()
  );
}
