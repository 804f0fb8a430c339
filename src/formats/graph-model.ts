/**
 * From a graph and what its file says to a model: what the graph is for shows in its structure; how
 * pictures are prepared and what classes are called is the file's word, else the caller's, else an
 * assumption, which the model carries along to be told.
 */
import { MobileNetError } from "../errors.ts";
import type { Graph, InputNode } from "../graph/ir.ts";
import { namedRanges, type Preprocess, type RangeName, type ranges } from "../image/presets.ts";
import type { Assumption, Model, ModelOrigin } from "../models/model.ts";
import { quote } from "../untrusted.ts";
import type { FileFacts, Stated } from "./file-facts.ts";
import type { MainFile } from "./format.ts";
import { type ImportedNetwork, networkOf } from "./imported-network.ts";
import { findLabels } from "./labels.ts";
import { graphOptions, requireRead } from "./model-options.ts";
import { choosePreprocess, type ModelDescription, type ReadRequest } from "./request.ts";

/**
 * The model that a file's graph is.
 *
 * @param facts - What the file says beside it.
 * @throws MobileNetError `unsupported` where the graph is no network of pictures with one answer,
 *   `invalid-argument` where the caller says what the file says, `invalid-model` where labels do not fit.
 */
export function modelOfGraph(
  graph: Graph,
  facts: FileFacts,
  main: Pick<MainFile, "labels">,
  request: ReadRequest,
): Model {
  const { name, published } = request;
  const network = networkOf(graph, facts.detection);
  const { head, resolution } = network;
  if (published !== undefined) requirePublished(network, published);
  const prepared = prepare(network.input, facts, request);
  const preprocess =
    published?.preprocess ??
    choosePreprocess(request, {
      resolution,
      own: facts.preprocess?.value,
      usual: prepared.preprocess,
    });
  const whole = request.options.preprocess ?? facts.preprocess ?? published;
  const named = nameClasses(network, { facts, main, request });
  const known = published && { architecture: published.architecture };
  const assumptions = [
    ...(facts.assumptions ?? []),
    ...network.assumptions,
    ...(whole === undefined ? prepared.assumptions : []),
    ...named.assumptions,
  ];
  return {
    ...{ name, preprocess, labels: named.labels, ...head },
    graph: { ...head.graph, ...known },
    ...(published === undefined ? { assumptions } : {}),
    origin: originOf(facts, { range: prepared.from, labels: named.from }),
  };
}

/** Refuses a network that is not a record's. */
function requirePublished(
  { head: { task }, resolution, classes }: ImportedNetwork,
  { name, architecture }: ModelDescription,
): void {
  const outline = (network: Pick<ImportedNetwork, "resolution" | "classes"> & { task: string }) =>
    `${network.task}, ${network.resolution.join("×")}, ${network.classes} classes`;
  const [expected, received] = [outline(architecture), outline({ task, resolution, classes })];
  if (expected === received) return;
  throw new MobileNetError("invalid-model", "the file is not the record's network", {
    node: name,
    expected,
    received,
  });
}

/** What is told of where a model comes from; the format's name is its row's. */
function originOf(
  { framework, operations, preprocess, notes = [] }: FileFacts,
  from: { readonly range: string | undefined; readonly labels: string | undefined },
): ModelOrigin {
  return {
    format: "",
    framework,
    operations: Object.fromEntries(operations),
    range: preprocess?.from ?? from.range,
    labels: from.labels,
    notes,
  };
}

interface Prepared {
  readonly preprocess: Preprocess;
  readonly assumptions: readonly Assumption[];
  /** Where the range is said. */
  readonly from: string | undefined;
}

/** How pictures become the input where no whole preset is given. */
function prepare(input: InputNode, facts: FileFacts, { name, options }: ReadRequest): Prepared {
  const [, height, width, channels] = input.shape;
  const assumptions: Assumption[] = [];
  const stated = facts.range ?? inputRange(input);
  requireUnsaid("range", stated, { name, options });
  requireUnsaid("crop", facts.fit, { name, options });
  const range = stated?.value ?? rangeOf(options.range);
  if (stated === undefined && options.range === undefined) {
    assumptions.push({ about: "range", assumed: "bytes become −1 to 1", option: "range" });
  }
  const edge = Math.max(width, height);
  if (options.crop === undefined && facts.fit === undefined) {
    const assumed = `pictures are stretched to ${width}×${height}`;
    assumptions.push({ about: "fit", assumed, option: "crop" });
  }
  const grey = channels === 1 ? 1 : options.grey === true ? 3 : undefined;
  return {
    preprocess: {
      width,
      height,
      fit: options.crop ? { kind: "resize-then-crop", shortestEdge: edge } : { kind: "stretch" },
      centers: "half-pixel",
      ...facts.fit?.value,
      ...range,
      ...(grey === undefined ? {} : { grey }),
    },
    assumptions,
    from: stated?.from,
  };
}

/** Refuses an option about something that the file says. */
function requireUnsaid(
  option: "range" | "crop",
  stated: Stated<unknown> | undefined,
  { name, options }: Pick<ReadRequest, "name" | "options">,
): void {
  if (stated === undefined || options[option] === undefined) return;
  const others = graphOptions.filter((other) => other !== option);
  const what = option === "range" ? "range" : "fitting of pictures";
  const settled = `${name}, whose ${what} is said by ${stated.from}`;
  requireRead({ [option]: options[option] }, others, settled);
}

/**
 * What bytes become in a range that a caller names; −1 to 1 where none is named.
 *
 * @throws MobileNetError `invalid-argument` where there is no such range.
 */
export function rangeOf(name: RangeName = "-1..1"): Pick<Preprocess, "scale" | "offset"> {
  if (Object.hasOwn(namedRanges, name)) return namedRanges[name];
  throw new MobileNetError("invalid-argument", "there is no such range", {
    expected: Object.keys(namedRanges).join(", "),
    received: quote(name),
  });
}

/** 8-bit inputs take a picture's bytes as they are: their quantisation says for which numbers. */
function inputRange({ quantization }: InputNode): FileFacts["range"] {
  if (quantization === undefined) return undefined;
  const { dtype, scale, zeroPoint } = quantization;
  const offset = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
  const value = { scale: [scale, scale, scale], offset: [offset, offset, offset] } as const;
  return { value, from: "the input's quantisation" } satisfies Stated<typeof ranges.signed>;
}

interface Named {
  readonly labels: readonly string[];
  readonly assumptions: readonly Assumption[];
  /** Where the names come from. */
  readonly from: string | undefined;
}

function nameClasses(
  { classes, head: { task } }: ImportedNetwork,
  {
    facts,
    main,
    request,
  }: {
    readonly facts: FileFacts;
    readonly main: Pick<MainFile, "labels">;
    readonly request: ReadRequest;
  },
): Named {
  if (classes === 0) return { labels: [], assumptions: [], from: undefined };
  const { labels, background } = findLabels(main, request, {
    classes,
    own: facts.labels?.value,
    background: task === "detect",
  });
  const { options, published } = request;
  if (published !== undefined) return { labels, assumptions: [], from: "the hub's record" };
  const from =
    options.labels === undefined ? (facts.labels?.from ?? main.labels?.path) : "the caller";
  const assumed = "classes are numbered";
  const assumptions: Assumption[] = [];
  if (from === undefined) assumptions.push({ about: "labels", assumed, option: "labels" });
  if (background !== undefined) {
    const passed = `the first label, ${quote(background)}, is the background's`;
    assumptions.push({ about: "labels", assumed: passed, option: "labels" });
  }
  return { labels, assumptions, from };
}
