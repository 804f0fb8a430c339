/** Refuses what is no whole model, where a caller in JavaScript may give anything. */
import { checkGraph } from "../graph/check-graph.ts";
import { wrongArgument } from "../wrong-argument.ts";
import type { Model, Task } from "./model.ts";

const tasks: readonly unknown[] = ["classify", "detect", "segment", "embed"] satisfies Task[];

/**
 * Refuses a model that lacks what every model has, or is for nothing that is known.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkModel(model: Model, call: string): void {
  const { task, labels, features, graph } = model;
  checkGraph(graph, call);
  if (tasks.includes(task) && Array.isArray(labels) && typeof features === "string") return;
  throw wrongArgument(call, "a model with labels, features and a known task", model);
}
