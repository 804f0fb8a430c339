/**
 * From weights whose names are all there is to a model: the names become ours, the architecture is a
 * record's or read off the weights, and what leaves no trace in them is a file's word, the caller's, or
 * the convention of whose names these are, which is stated.
 */
import { MobileNetError, placeError } from "../errors.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { withoutArchitecture } from "../graph/rewrite.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";
import type { Assumption, HeadTask, Model, Task } from "../models/model.ts";
import { buildNetwork } from "../models/networks.ts";
import { resolutionOf } from "../models/options.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { nameClasses } from "./assume.ts";
import { type DetectedArchitecture, detectArchitecture } from "./detect-architecture.ts";
import type { MainFile } from "./format.ts";
import { namesHead } from "./map-weights.ts";
import { requireRead, weightOptions } from "./model-options.ts";
import { networkOfShapes } from "./network-of-shapes.ts";
import { stagesOf } from "./pytorch/weight-names.ts";
import type { ReadRequest } from "./request.ts";
import { restateEpsilon } from "./restate-epsilon.ts";
import { taskConventions } from "./task-conventions.ts";
import type { WeightFacts } from "./weight-facts.ts";
import { detectScheme, mapWeights, type NamingScheme, schemes } from "./weight-names.ts";
import { unsaidOfNetwork, type WeightSources, weightPreprocess } from "./weight-preprocess.ts";

/**
 * The model with these weights.
 *
 * @param tensors - By the names that their file gives them.
 * @param facts - What files beside them say.
 * @throws MobileNetError `unsupported` where the weights are no MobileNetV2, `invalid-model` where they
 *   do not fit it, `invalid-argument` where `preprocess` makes other sizes than the input has or an
 *   option is given that this network does not have.
 */
export function modelOfWeights(
  tensors: ReadonlyMap<string, Tensor>,
  main: Pick<MainFile, "labels">,
  request: ReadRequest,
  facts: WeightFacts = {},
): Model {
  const { name, published } = request;
  const { scheme, mapped } = ourWeights(tensors, request, facts);
  const found = detectArchitecture(mapped);
  const { task, classes } = found;
  requireTask(task, request);
  const sources = { row: schemes[scheme], request, facts, found };
  const weights = usedWeights(mapped, found);
  requireWidth(weights, facts);
  const settled = settle(sources);
  const stages = scheme === "timm" ? stagesOf([...tensors.keys()]) : undefined;
  const { headEpsilon = settled.epsilon, plainFirstBlock } = sources.row.convention;
  const network = networkFor(weights, sources, { ...settled, stages });
  const bound = bindWeights(
    plainFirstBlock ? withoutFirstShortcut(network) : network,
    restateEpsilon(weights, { layers: /^aspp\//, from: headEpsilon, to: settled.epsilon }),
  );
  const { graph, ...scored } = task === "classify" ? withEnding(bound, facts) : { graph: bound };
  const [, , inputs = 3] = weights.get("stem/weights")?.shape ?? [];
  const { resolution } = settled;
  const prepared = weightPreprocess(sources, { resolution, channels: inputs });
  const { preprocess } = prepared;
  const background = task === "detect";
  const classNames = nameClasses(classes, { own: facts.labels, background, main, request });
  const normalizes = [...weights.keys()].some((key) => key.endsWith("batch_norm/variance"));
  const byShape =
    task === "classify" && scheme === "slim" && !namesHead([...tensors.keys()], schemes[scheme]);
  const assumptions = [
    ...unsaidOfNetwork(sources, settled, normalizes),
    ...(byShape ? [headByShape] : []),
    ...prepared.assumptions,
    ...classNames.assumptions,
  ];
  const model = {
    ...{ name, graph, preprocess, labels: classNames.labels },
    features: bound.landmarks?.features ?? featuresOf(bound),
    origin: {
      ...{ format: "", operations: {}, range: prepared.from, labels: classNames.from },
      framework: facts.framework ?? `${sources.row.title}, by the weights' names`,
      notes: [fromNames, ...(facts.notes ?? [])],
    },
    ...(published === undefined ? { assumptions } : {}),
  };
  if (task === "embed") return { ...model, task };
  return { ...model, ...scored, ...taskConventions[task].head(resolution, published) };
}

/** What people should know about such a model. */
const fromNames = "the network is built from the names and shapes of the weights; no graph is read";

/** What was assumed where shapes alone tell dense layers. */
const headByShape: Assumption = {
  about: "head",
  assumed:
    "matrices that fit the features are dense layers, with ReLU between and softmax at the end",
};

/** A segmenter's files carry the classifier's last convolution too, which the segmenter does without. */
function usedWeights(
  weights: ReadonlyMap<string, Tensor>,
  { task }: DetectedArchitecture,
): ReadonlyMap<string, Tensor> {
  if (task !== "segment") return weights;
  return new Map([...weights].filter(([name]) => !name.startsWith("head/")));
}

/** The weights under our names, and whose names they had. */
function ourWeights(
  tensors: ReadonlyMap<string, Tensor>,
  { name }: ReadRequest,
  facts: WeightFacts,
): { readonly scheme: NamingScheme; readonly mapped: ReadonlyMap<string, Tensor> } {
  try {
    const scheme = detectScheme(tensors.keys());
    requireScheme(scheme, facts);
    return { scheme, mapped: mapWeights(tensors, scheme) };
  } catch (error) {
    throw placeError(error, name);
  }
}

/** Refuses weights with a head where a record's have none, and the other way round. */
function requireTask(task: Task, { name, published }: ReadRequest): void {
  if (published === undefined) return;
  const expected = published.headless === true ? "embed" : published.architecture.task;
  if (task === expected) return;
  throw new MobileNetError("invalid-model", "the file is not the record's network", {
    node: name,
    expected: `a model to ${expected}`,
    received: `one to ${task}`,
  });
}

/** Refuses weights of another library than the file beside them is about. */
function requireScheme(scheme: NamingScheme, { from, scheme: wanted }: WeightFacts): void {
  if (wanted === undefined || wanted === scheme) return;
  throw new MobileNetError("invalid-model", "the weights are not those that the file is about", {
    node: from,
    expected: `names as ${schemes[wanted].title} writes them`,
    received: `those of ${schemes[scheme].title}`,
    remedy: "Put the weights into a folder of their own, or beside their own config.json.",
  });
}

/** Refuses weights of another width than a file says. */
function requireWidth(weights: ReadonlyMap<string, Tensor>, facts: WeightFacts): void {
  const channels = weights.get("stem/weights")?.shape.at(-1);
  if (facts.stemChannels === undefined || facts.stemChannels === channels) return;
  throw new MobileNetError("invalid-model", "the weights have another width than the file says", {
    node: facts.from,
    expected: `${facts.stemChannels} channels in the first layer`,
    received: quote(channels),
  });
}

/** What the weights leave open. */
interface Settled {
  readonly resolution: readonly [rows: number, columns: number];
  readonly padding: "same" | "symmetric";
  readonly epsilon: number;
  readonly outputStride: 8 | 16 | 32;
}

/** A record's word, a file's, the caller's, or what is usual for whose names these are. */
function settle({ row: { convention }, request, facts, found: { task } }: WeightSources): Settled {
  const { name, options, published } = request;
  const usual = taskConventions[task];
  const general = weightOptions.filter((option) => option !== "outputStride");
  requireRead(options, [...general, ...usual.options], `${name}, a model to ${task}`);
  requireUnsaid(facts, request);
  const said: Pick<WeightFacts, "padding" | "epsilon" | "outputStride"> =
    published?.architecture ?? facts;
  const preprocess = options.preprocess ?? facts.preprocess?.value;
  const prepared = preprocess && ([preprocess.height, preprocess.width] as const);
  const resolution =
    options.resolution ?? (options.preprocess && prepared) ?? facts.resolution ?? prepared;
  return {
    resolution:
      published?.architecture.resolution ??
      resolutionOf({ resolution: resolution ?? usual.resolution }),
    padding: said.padding ?? options.padding ?? convention.padding,
    epsilon: said.epsilon ?? options.epsilon ?? convention.epsilon,
    outputStride: said.outputStride ?? options.outputStride ?? usual.outputStride,
  };
}

/** Refuses a caller's word on what a file says already. */
function requireUnsaid(facts: WeightFacts, { name, options }: ReadRequest): void {
  for (const option of ["padding", "epsilon", "outputStride"] as const) {
    if (facts[option] === undefined || options[option] === undefined) continue;
    throw new MobileNetError("invalid-argument", `the model settles "${option}" itself`, {
      node: `${name}, ${facts.from}`,
      expected: quote(facts[option]),
      received: quote(options[option]),
      remedy: "Leave the option out.",
    });
  }
}

/** A record's network, one of table 2's widths where the weights fit it, else what their shapes say. */
function networkFor(
  weights: ReadonlyMap<string, Tensor>,
  { request: { name, published }, found }: WeightSources,
  settled: Settled & { readonly stages: readonly number[] | undefined },
): Graph {
  const { task, width, classes } = found;
  if (published !== undefined && task !== "embed") return buildNetwork(published.architecture);
  const { resolution, padding, epsilon } = settled;
  if (task !== "embed" && width !== undefined) {
    const base = { width, resolution, classes, padding, epsilon, strides: table2Strides };
    const network = buildNetwork(
      taskConventions[task].architecture(base, { ...found, outputStride: settled.outputStride }),
    );
    if (task !== "classify" || fits(network, weights)) return network;
  }
  if (task === "classify" || task === "embed")
    return networkOfShapes(weights, { name, ...settled });
  throw unknownWidth(task, name);
}

/** A network whose first block has no shortcut: where the stem is as narrow as the block, ours has one. */
function withoutFirstShortcut(graph: Graph): Graph {
  const sum = graph.nodes.find(({ name, op }) => name === "block_0/add" && op === "add");
  const [, projected] = sum?.inputs ?? [];
  if (sum === undefined || projected === undefined) return graph;
  const nodes = graph.nodes
    .filter((node) => node !== sum)
    .map((node) => {
      const inputs = node.inputs.map((input) => (input === sum.name ? projected : input));
      return { ...node, inputs } as Node;
    });
  return withoutArchitecture({ ...graph, nodes });
}

/** Whether weights have the shapes of a network's filters. */
function fits({ parameters }: Graph, weights: ReadonlyMap<string, Tensor>): boolean {
  const isFilter = ([name]: readonly [string, unknown]): boolean => name.endsWith("/weights");
  const theirs = [...weights].filter(isFilter);
  const ours = [...parameters].filter(isFilter);
  return (
    theirs.length === ours.length &&
    theirs.every(([name, { shape }]) => sameShape(shape, parameters.get(name)?.shape ?? []))
  );
}

function unknownWidth(task: HeadTask, name: string): MobileNetError {
  return new MobileNetError("unsupported", "the channels fit no width multiplier of table 2", {
    node: name,
    expected: `a model to ${task} on the channels of table 2 times 0.05, 0.1 …, 2`,
    received: "others",
  });
}

/** Scores by a sigmoid where a file says so; a single class has no softmax. */
function withEnding(
  graph: Graph,
  { ending }: WeightFacts,
): { readonly graph: Graph; readonly multiLabel?: true } {
  const [output = ""] = graph.outputs;
  const single = graph.nodes.find(({ name }) => name === "classifier");
  const classes = single && graph.parameters.get("classifier/weights")?.shape.at(-1);
  if (ending !== "sigmoid" && classes !== 1) return { graph };
  const nodes = graph.nodes.map((node) =>
    node.name === output && node.op === "softmax" ? ({ ...node, op: "sigmoid" } as const) : node,
  );
  return { graph: withoutArchitecture({ ...graph, nodes }), multiLabel: true };
}

/** What the mean is taken of. */
function featuresOf({ nodes, outputs: [output = ""] }: Graph): string {
  const pool = nodes.findLast(({ op }) => op === "globalAveragePool");
  return pool?.inputs[0] ?? output;
}
