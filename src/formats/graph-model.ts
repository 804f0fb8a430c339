/**
 * From a graph and what its file says to a model: what the graph is for shows in its structure; how
 * pictures are prepared and what classes are called is the file's word, else the caller's, else an
 * assumption, which the model carries along to be told.
 */
import { MobileNetError } from "../errors.ts";
import type { Graph, InputNode } from "../graph/ir.ts";
import type { ranges } from "../image/presets.ts";
import type { Model, ModelOrigin } from "../models/model.ts";
import { nameClasses, preparePictures, requireNoParts } from "./assume.ts";
import type { FileFacts, Stated } from "./file-facts.ts";
import type { MainFile } from "./format.ts";
import { type ImportedNetwork, networkOf } from "./imported-network.ts";
import { choosePreprocess, type ModelDescription, type ReadRequest } from "./request.ts";
import { confirmArchitecture } from "./stated-architecture.ts";

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
  const network = networkOf(graph, facts);
  const { head, resolution } = network;
  if (published !== undefined) requirePublished(network, published);
  const { input } = network;
  const range = facts.range ?? inputRange(input);
  const whole = wholePreset(facts, request);
  if (whole !== undefined) requireNoParts(request, whole);
  const prepared = preparePictures(
    {
      ...{ resolution, channels: input.shape[3], range },
      ...{ usualRange: facts.usualRange, statedFit: facts.fit },
    },
    request,
  );
  const preprocess =
    published?.preprocess ??
    choosePreprocess(request, {
      resolution,
      own: facts.preprocess?.value,
      usual: prepared.preprocess,
    });
  const background = head.task === "detect";
  const named = nameClasses(network.classes, { own: facts.labels, background, main, request });
  const stated =
    published === undefined && facts.architecture !== undefined
      ? confirmArchitecture(head.graph, head.task, facts.architecture)
      : {};
  const architecture = published?.architecture ?? stated.architecture;
  const notes = [...(facts.notes ?? []), ...(stated.note === undefined ? [] : [stated.note])];
  const assumptions = [
    ...(facts.assumptions ?? []),
    ...(facts.described ? [] : network.assumptions),
    ...(whole === undefined ? prepared.assumptions : []),
    ...named.assumptions,
  ];
  const { enlargement } = facts;
  return {
    ...{ name, preprocess, labels: named.labels, ...head },
    ...(head.task === "segment" && enlargement && { enlargement }),
    graph: { ...head.graph, ...(architecture && { architecture }) },
    ...(published === undefined ? { assumptions } : {}),
    origin: originOf({ ...facts, notes }, { range: whole ?? prepared.from, labels: named.from }),
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

/** Who says all of how pictures are prepared, where anybody does. */
function wholePreset(
  { preprocess }: FileFacts,
  { options, published }: ReadRequest,
): string | undefined {
  if (published !== undefined) return "the hub's record";
  return options.preprocess === undefined ? preprocess?.from : "the caller";
}

/** What is told of where a model comes from; the format's name is its row's. */
function originOf(
  { framework, operations, notes = [] }: FileFacts,
  from: { readonly range: string | undefined; readonly labels: string | undefined },
): ModelOrigin {
  return {
    format: "",
    framework,
    operations: Object.fromEntries(operations),
    range: from.range,
    labels: from.labels,
    notes,
  };
}

/** 8-bit inputs take a picture's bytes as they are: their quantisation says for which numbers. */
function inputRange({ quantization }: InputNode): FileFacts["range"] {
  if (quantization === undefined) return undefined;
  const { dtype, scale, zeroPoint } = quantization;
  const offset = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
  const value = { scale: [scale, scale, scale], offset: [offset, offset, offset] } as const;
  return { value, from: "the input's quantisation" } satisfies Stated<typeof ranges.signed>;
}
