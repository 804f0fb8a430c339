/**
 * A TensorFlow graph as `model.json` holds it: nodes by name, each with its operation, its inputs and
 * its attributes. Converters have written two dialects of the same JSON (texts as base64 or as lists of
 * codes, enumerations as names or numbers, 64-bit numbers as texts); after this file there is one.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { invalidModel, isRecord } from "../files.ts";

/** An input: output `port` of the node called `node`. */
export interface NodeOutput {
  readonly node: string;
  readonly port: number;
}

/** One operation of the graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Without those that only say what runs before. */
  readonly inputs: readonly NodeOutput[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A graph's nodes by name. */
export type GraphDef = ReadonlyMap<string, GraphNode>;

/**
 * The nodes of a topology.
 *
 * @param file - The path of the model, for errors.
 * @throws MobileNetError `invalid-model` naming the node that is malformed.
 */
export function parseGraphDef(topology: unknown, file: string): GraphDef {
  const { node: list } = isRecord(topology) ? topology : {};
  if (!Array.isArray(list)) {
    throw invalidModel(file, "the graph is malformed", "a list modelTopology.node", quote(list));
  }
  const nodes = new Map<string, GraphNode>();
  for (const item of list as readonly unknown[]) {
    const { name, op, input = [], attr } = isRecord(item) ? item : {};
    if (typeof name !== "string" || name === "" || typeof op !== "string") {
      throw invalidModel(file, "a node is malformed", "texts name and op", quote(item));
    }
    if (nodes.has(name)) throw invalidModel(file, "a node is listed twice", "once", quote(name));
    if (!Array.isArray(input) || !input.every((source) => typeof source === "string")) {
      throw invalidModel(`${file}: ${name}`, "a node is malformed", "texts input", quote(input));
    }
    const inputs = (input as readonly string[])
      .filter((source) => !source.startsWith("^"))
      .map(parseSource);
    nodes.set(name, { name, op, inputs, attributes: isRecord(attr) ? attr : {} });
  }
  return nodes;
}

/** `name`, or `name:1` for another output than the first. */
export function parseSource(text: string): NodeOutput {
  const [, node = text, port = "0"] = /^(.*):(\d{1,4})$/s.exec(text) ?? [];
  return { node, port: Number(port) };
}

/** The nodes that give or take a loop's values from one turn to the next. */
const nextTurn = "NextIteration";

/** What has to be known before a node is: its inputs, and for a loop's result what a turn makes. */
function dependencies(graph: GraphDef, node: GraphNode): readonly string[] {
  const names = node.inputs.map((source) => source.node);
  if (node.op === "Merge") return names.filter((name) => graph.get(name)?.op !== nextTurn);
  if (node.op !== "Exit") return names;
  const next = turnOf(graph, node);
  const condition = graph.get(node.inputs[0]?.node ?? "")?.inputs[1]?.node;
  const counters = condition === undefined ? [] : handedOn(graph, condition, mostDepth);
  return [...names, ...(next === undefined ? [] : [next]), ...counters];
}

/** A loop's condition is a few operations away from what it counts. */
const mostDepth = 6;

/** The nodes that hand on what a loop's condition looks at. */
function handedOn(graph: GraphDef, name: string, depth: number): readonly string[] {
  const node = graph.get(name);
  if (node === undefined || depth === 0 || node.inputs.length > 2) return [];
  const sources = node.inputs.map((input) => input.node);
  if (node.op === "Merge") return sources.filter((source) => graph.get(source)?.op === nextTurn);
  return sources.flatMap((source) => handedOn(graph, source, depth - 1));
}

/** The node that hands a loop's value on, for the node that gives the value after the loop. */
export function turnOf(graph: GraphDef, exit: GraphNode): string | undefined {
  const [choice] = exit.inputs;
  const [merged] = graph.get(choice?.node ?? "")?.inputs ?? [];
  const inputs = graph.get(merged?.node ?? "")?.inputs ?? [];
  return inputs.find(({ node }) => graph.get(node)?.op === nextTurn)?.node;
}

/**
 * The nodes that some outputs need, each after what it needs itself.
 *
 * @throws MobileNetError `invalid-model` where a node is missing or needs itself.
 */
export function nodesInOrder(graph: GraphDef, outputs: readonly string[]): readonly GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<string, "open" | "done">();
  const stack = outputs.map((name) => ({ name, from: "the outputs" }));
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { name, from } = top;
    const node = graph.get(name);
    if (node === undefined) {
      const received = `${quote(name)}, which ${from} need`;
      throw new MobileNetError("invalid-model", "the graph lacks a node", { received });
    }
    const before = state.get(name);
    const needed = before === undefined ? dependencies(graph, node) : [];
    state.set(name, before === undefined ? "open" : "done");
    if (before === undefined) {
      for (const need of needed) {
        if (state.get(need) === "open") {
          throw new MobileNetError("invalid-model", "a node needs itself", { node: need });
        }
        if (!state.has(need)) stack.push({ name: need, from: name });
      }
      continue;
    }
    stack.pop();
    if (before === "open") order.push(node);
  }
  return order;
}

/** The nodes whose values no other reads: what a graph without a signature is for. */
export function leaves(graph: GraphDef): readonly string[] {
  const read = new Set([...graph.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  const idle = new Set(["NoOp", "Assert", "Const", "Placeholder"]);
  return [...graph.values()]
    .filter(({ name, op }) => !read.has(name) && !idle.has(op))
    .map(({ name }) => name);
}
