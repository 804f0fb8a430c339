/**
 * A graph as training sees it: its operations one by one, in the order of the data, each with the tensors
 * that it reads. What a graph's node does at once (a convolution with its activation and a sum) is several
 * operations here; nothing is reordered. How kernels group them again is theirs alone (wasm/groups.ts).
 */
import { MobileNetError } from "../errors.ts";
import { checkGraph } from "../graph/check-graph.ts";
import {
  type FeatureShape,
  type Graph,
  type InputNode,
  type Node,
  type NodeOf,
  type Op,
  type ParameterRole,
  parameterRoles,
  parametersOf,
  type Quantization,
  type Window,
} from "../graph/ir.ts";
import { pruneGraph } from "../graph/rewrite.ts";
import { inferShapes, resolvePads } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { elementCount } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { WindowShape } from "./layers/window.ts";

/** A tensor: the number of the operation that makes it, or −1 for the network's input. */
export type Source = number;

/** Where values are dropped while training. */
export interface DropoutNode {
  readonly op: "dropout";
  readonly name: string;
}

/** Where values are rounded to 8 bits, as they will be once the network is quantised. */
export interface FakeQuantizeNode {
  readonly op: "fakeQuantize";
  readonly name: string;
  readonly quantization: Quantization;
}

/** A network's 8 bits, simulated while it is trained (Jacob et al., 2018). */
export interface QuantizationSimulation {
  /** Of every node's output, by name. */
  readonly quantization: ReadonlyMap<string, Quantization>;
  /** Whether weights have one scale for each output channel, or one for all. */
  readonly weights: "per-channel" | "per-tensor";
}

/** What is never trained: what only 8-bit or compiled networks have, and what has no gradient. */
export type UntrainedOp = "input" | "quantize" | "dequantize" | "argMax" | "invertedResidual";

/** The operations that a plan is made of. */
export type TrainedOp = Exclude<Op, UntrainedOp> | "dropout" | "fakeQuantize";

/** What an operation is, as the graph says it: convolutions here have no activation of their own. */
export type TrainedNode = Exclude<Node, { op: UntrainedOp }> | DropoutNode | FakeQuantizeNode;

/** The nodes with operation O. */
export type TrainedNodeOf<O extends TrainedOp> = Extract<TrainedNode, { op: O }>;

/** One step of the data: what is done, with which tensors, all shapes of one sample, `[1, h, w, c]`. */
export type PlannedOperation<O extends TrainedOp = TrainedOp> = { [K in O]: OperationOf<K> }[O];

/** An operation of one kind. */
export interface OperationOf<O extends TrainedOp> {
  readonly node: TrainedNodeOf<O>;
  readonly sources: readonly Source[];
  readonly inputs: readonly FeatureShape[];
  readonly output: FeatureShape;
}

/** A tensor that leaves the network. */
export interface PlannedOutput {
  /** The node that makes it: a softmax or sigmoid at the graph's end is left to the objective. */
  readonly name: string;
  readonly source: Source;
  readonly shape: FeatureShape;
}

/** A convolution whose parameters are rounded as they will be in a file. */
export interface RoundedLayer {
  /** The parameters' names. */
  readonly weights: string;
  readonly bias: string | undefined;
  readonly input: Quantization;
  readonly output: Quantization;
  readonly scales: QuantizationSimulation["weights"];
}

/** Operations in the order of the data. */
export interface TrainingPlan {
  readonly graph: Graph;
  /** What each of the graph's parameters is to the layer that reads it, by name. */
  readonly roles: ReadonlyMap<string, ParameterRole>;
  /** Of one sample: `[1, h, w, c]`. */
  readonly input: FeatureShape;
  readonly operations: readonly PlannedOperation[];
  readonly outputs: readonly PlannedOutput[];
  /** The layers whose weights and biases are rounded, where 8 bits are simulated; else none. */
  readonly rounded: readonly RoundedLayer[];
}

/**
 * A graph's operations one by one, with places for dropout before a classifier. Softmax and sigmoid at the
 * end are left out: objectives take scores as they are before them.
 *
 * @param simulation - The 8 bits that weights and values are rounded to, if any.
 * @throws MobileNetError `unsupported` where the graph has a node that cannot be trained, `invalid-model`
 *   where a parameter is read by none.
 *
 * @example
 * ```ts
 * const { operations, outputs } = planTraining(mobilenetV2({ width: 0.5, classes: 10 }));
 * [operations.length, outputs[0]?.name]; // [152, "classifier"]
 * ```
 */
export function planTraining(graph: Graph, simulation?: QuantizationSimulation): TrainingPlan {
  checkGraph(graph, "planTraining");
  const shapes = inferShapes(graph);
  const of = (name: string): FeatureShape => oneSample(required(shapes, name));
  const draft = new Draft();
  // What no output needs has no gradient.
  const { nodes } = pruneGraph(graph);
  const last = new Set(graph.outputs.filter((name) => isFinal(nodes, name)));
  const dropped = droppedPools(nodes, of);
  for (const node of nodes) {
    draft.own(node);
    if (node.op === "input") draft.begin(node);
    else if (!last.has(node.name)) addNode(draft, node, of);
    const output = of(node.name);
    const own = { inputs: [output], output };
    const quantization = isRounded(node) && simulation?.quantization.get(node.name);
    if (quantization && !last.has(node.name)) {
      draft.add({ op: "fakeQuantize", name: node.name, quantization }, [node.name], own);
    }
    if (!dropped.has(node.name)) continue;
    draft.add({ op: "dropout", name: node.name }, [node.name], own);
  }
  // A score and its softmax are one output here.
  const left = new Set(
    graph.outputs.map((name) => {
      const made = last.has(name) ? nodes.find((node) => node.name === name) : undefined;
      return made?.inputs[0] ?? name;
    }),
  );
  const outputs = [...left].map((name): PlannedOutput => {
    return { name, source: draft.sourceOf(name, graph.name), shape: of(name) };
  });
  if (draft.input === undefined) {
    throw new MobileNetError("unsupported", "the network has no input to train with", {
      node: graph.name,
    });
  }
  const { input, operations } = draft;
  const rounded = roundedLayers(nodes, simulation);
  return { graph, roles: rolesOf(graph), input, operations, outputs, rounded };
}

/** What parameters are to their layers: how they start, decay and are trained hangs on it. */
function rolesOf(graph: Graph): TrainingPlan["roles"] {
  const roles = parameterRoles(graph);
  const unread = [...graph.parameters.keys()].find((name) => !roles.has(name));
  if (unread === undefined) return roles;
  throw new MobileNetError("invalid-model", "a parameter belongs to no layer", {
    node: graph.name,
    expected: "parameters that layers read",
    received: quote(unread),
  });
}

function roundedLayers(
  nodes: readonly Node[],
  simulation: QuantizationSimulation | undefined,
): readonly RoundedLayer[] {
  if (simulation === undefined) return [];
  const { quantization, weights: scales } = simulation;
  return nodes.flatMap((node): RoundedLayer[] => {
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return [];
    const { name, weights, bias, inputs } = node;
    const ends = {
      input: required(quantization, inputs[0]!),
      output: required(quantization, name),
    };
    return [{ weights, bias, ...ends, scales }];
  });
}

/** Whether an output is a softmax or sigmoid that nothing else reads. */
function isFinal(nodes: readonly Node[], name: string): boolean {
  const made = nodes.find((node) => node.name === name);
  const ends = made?.op === "softmax" || made?.op === "sigmoid";
  return ends && !nodes.some(({ inputs }) => inputs.includes(name));
}

/** Whether a node's values are others than those that it reads, which are rounded already. */
function isRounded({ op }: Node): boolean {
  const moves: readonly Op[] = ["reshape", "concat", "slice", "transpose", "pad", "maxPool2d"];
  return !moves.includes(op) && op !== "resizeNearest";
}

/** The pools of classifiers: behind them all maps are single pixels. */
function droppedPools(
  nodes: readonly Node[],
  of: (name: string) => FeatureShape,
): ReadonlySet<string> {
  const pools = nodes.filter(({ op }) => op === "globalAveragePool").map(({ name }) => name);
  return new Set(
    pools.filter((pool) => {
      const behind = new Set([pool]);
      return nodes.every(({ name, inputs }) => {
        if (!inputs.some((input) => behind.has(input))) return true;
        behind.add(name);
        const [, rows, columns] = of(name);
        return rows === 1 && columns === 1;
      });
    }),
  );
}

/** Puts a node's operations behind those before it. */
function addNode(draft: Draft, node: Node, of: (name: string) => FeatureShape): void {
  const output = of(node.name);
  const shapes = node.inputs.map(of);
  if (node.quantization !== undefined) throw untrainable(node, "float32 values", "8-bit ones");
  switch (node.op) {
    case "input":
      return;
    case "quantize":
    case "dequantize":
    case "argMax":
    case "invertedResidual":
      throw untrainable(node, "an operation that has a gradient", node.op);
    case "conv2d":
    case "depthwiseConv2d": {
      const { activation, quantization: _, ...rest } = node;
      const [first = "", shortcut] = node.inputs;
      const bare = { ...rest, inputs: [first], activation: "none" } as const;
      draft.add(bare, [first], { inputs: shapes.slice(0, 1), output });
      const name = node.name;
      if (shortcut !== undefined) {
        draft.add({ op: "add", name, inputs: [] }, [name, shortcut], {
          inputs: [output, output],
          output,
        });
      }
      if (activation === "none") return;
      draft.add({ op: "activation", name, inputs: [], activation }, [name], {
        inputs: [output],
        output,
      });
      return;
    }
    default:
      draft.add(node, node.inputs, { inputs: shapes, output });
  }
}

/** A plan that is being made. */
class Draft {
  readonly operations: PlannedOperation[] = [];
  input: FeatureShape | undefined;
  readonly #sources = new Map<string, Source>();
  readonly #owners = new Map<string, string>();

  begin(node: InputNode): void {
    if (this.input !== undefined) throw untrainable(node, "one input", "another");
    this.input = oneSample(node.shape);
    this.#sources.set(node.name, -1);
  }

  /** Gradients of parameters that two nodes share would be added where nobody expects it. */
  own(node: Node): void {
    for (const name of parametersOf(node)) {
      const owner = this.#owners.get(name);
      if (owner !== undefined) throw untrainable(node, "weights of its own", `those of ${owner}`);
      this.#owners.set(name, node.name);
    }
  }

  sourceOf(name: string, reader: string): Source {
    const source = this.#sources.get(name);
    if (source !== undefined) return source;
    throw new MobileNetError("invalid-model", "a tensor that nothing makes", {
      node: reader,
      received: quote(name),
    });
  }

  /** Adds an operation, whose output goes by its node's name from now on. */
  add(
    node: TrainedNode,
    inputs: readonly string[],
    shapes: Pick<PlannedOperation, "inputs" | "output">,
  ): void {
    const sources = inputs.map((name) => this.sourceOf(name, node.name));
    this.operations.push({ node, sources, ...shapes } as PlannedOperation);
    this.#sources.set(node.name, this.operations.length - 1);
  }
}

/** Whether an operation is of a kind. */
export function isOperation<O extends TrainedOp>(
  operation: PlannedOperation | undefined,
  ...ops: readonly O[]
): operation is Extract<PlannedOperation, { readonly node: { readonly op: O } }> {
  return operation !== undefined && (ops as readonly TrainedOp[]).includes(operation.node.op);
}

/** The window of a convolution or pool over its first input. */
export function plannedWindow({
  node,
  inputs,
  output,
}: {
  readonly node: Window;
  readonly inputs: readonly FeatureShape[];
  readonly output: FeatureShape;
}): WindowShape {
  const input = inputs[0]!;
  const { kernel, stride, dilation } = node;
  return { input, output, kernel, stride, dilation, pads: resolvePads(node, input[1], input[2]) };
}

/**
 * Refuses what is no plan.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkPlan(plan: unknown, call: string): void {
  const { graph, input, operations, outputs } = fieldsOf(plan);
  if (Array.isArray(input) && Array.isArray(operations) && Array.isArray(outputs)) {
    checkGraph(graph, call);
    return;
  }
  throw wrongArgument(call, "a plan, as planTraining gives", plan);
}

/** How many values a feature map of one sample has. */
export function sampleSize([, ...sample]: FeatureShape): number {
  return elementCount(sample);
}

function oneSample([, rows, columns, channels]: FeatureShape): FeatureShape {
  return [1, rows, columns, channels];
}

function untrainable(node: Node | NodeOf<Op>, expected: string, received: string): MobileNetError {
  return new MobileNetError("unsupported", "this layer cannot be trained", {
    node: node.name,
    expected,
    received,
  });
}
