/**
 * Inspection: what a model is, what its files say, what was assumed and what can be made of it. A file
 * that cannot be used is told of as far as it speaks for itself.
 */
import { targetOf } from "../backends/wasm/load.ts";
import { operationsOutside } from "../backends/wasm/outside.ts";
import { compile } from "../compile/compile.ts";
import { hasBytes } from "../compile/plan-memory.ts";
import { profile } from "../compile/profile.ts";
import { type ErrorCode, MobileNetError } from "../errors.ts";
import type { ModelBytes } from "../formats/files.ts";
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { type OpenedFile, openFile, readOpened } from "../formats/open-model.ts";
import { countNames, type FileOutline } from "../formats/outline.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { FeatureShape, Graph, Node } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { LocatedModel } from "../hub/open-record.ts";
import { namedRanges, type Preprocess, type RangeName } from "../image/presets.ts";
import { checkModel } from "../models/check-model.ts";
import { type DetectionSettings, isModel, type Model } from "../models/model.ts";
import { required } from "../required.ts";
import { abilitiesOf } from "./abilities.ts";
import type { InspectedRange, InspectedTensor, Inspection } from "./inspection.ts";

/** How many labels are shown. */
const firstLabels = 10;

/** What is wrong with a file and not with the call or the way to the file. */
const problems: readonly ErrorCode[] = ["unsupported", "invalid-model", "memory"];

/**
 * Inspects a model that is read already, or whatever a platform finds under a source.
 *
 * @param locate - How the platform finds files.
 */
export async function inspectSource(
  source: string | ModelBytes | Model,
  options: ModelOptions,
  locate: (source: string | ModelBytes) => Promise<LocatedModel>,
): Promise<Inspection> {
  if (!isModel(source)) return await inspectLocated(await locate(source));
  checkModel(source, "inspectModel");
  requireRead(options, [], `${source.name}, a loaded model`);
  return await inspectRead(source);
}

/** Inspects the model in files that are found but not yet read. */
async function inspectLocated({ source, request }: LocatedModel): Promise<Inspection> {
  const opened = await openFile(source, request);
  const outline = await outlineOf(opened);
  try {
    return await inspectRead(await readOpened(opened), outline);
  } catch (error) {
    if (!(error instanceof MobileNetError) || !problems.includes(error.code)) throw error;
    const { code, message } = error;
    const { framework } = outline ?? {};
    return {
      name: request.name,
      format: opened.format.name,
      ...(framework === undefined ? {} : { framework }),
      problem: { code, message },
      inputs: outline?.inputs ?? [],
      outputs: outline?.outputs ?? [],
      operations: Object.fromEntries(outline?.operations ?? []),
      notes: [],
      assumptions: [],
    };
  }
}

/** What the main file says by itself; nothing where it is damaged, which its reader tells. */
async function outlineOf({ format, main }: OpenedFile): Promise<FileOutline | undefined> {
  const outline = await format.outline?.();
  try {
    return await outline?.(main);
  } catch (error) {
    if (error instanceof MobileNetError) return undefined;
    throw error;
  }
}

/** Inspects a model that has been read. */
async function inspectRead(model: Model, outline?: FileOutline | undefined): Promise<Inspection> {
  const { name, graph, task, labels, preprocess, features, origin, assumptions = [] } = model;
  const target = await targetOf(graph, 1);
  const shapes = inferShapes(graph);
  const { parameters, multiplyAdds, peakActivationBytes } = profile(graph, target);
  const { architecture } = graph;
  const framework = origin?.framework ?? outline?.framework;
  return {
    name,
    ...(origin === undefined ? {} : { format: origin.format }),
    ...(framework === undefined ? {} : { framework }),
    task,
    ...(task === "classify" ? { multiLabel: model.multiLabel === true } : {}),
    ...(architecture && { network: networkOf(architecture) }),
    inputs: graph.nodes.filter(({ op }) => op === "input").map((node) => inputOf(node, shapes)),
    outputs: outputsOf(model, shapes),
    embedding: required(shapes, features)[3],
    preprocess,
    range: rangeOf(preprocess, origin?.range),
    ...(labels.length === 0
      ? {}
      : {
          labels: {
            count: labels.length,
            first: labels.slice(0, firstLabels),
            ...(origin?.labels === undefined ? {} : { source: origin.labels }),
          },
        }),
    operations: operationsOf(graph, origin?.operations, outline),
    outsideWebAssembly: Object.fromEntries(
      countNames(await operationsOutside(compile(graph, target))),
    ),
    precision: hasBytes(graph) ? "int8" : "float32",
    ...{ parameters, multiplyAdds },
    memory: {
      weightBytes: [...graph.parameters.values()].reduce(
        (sum, { data }) => sum + (data?.byteLength ?? 0),
        0,
      ),
      activationBytes: peakActivationBytes.fused,
    },
    can: abilitiesOf(graph),
    notes: origin?.notes ?? [],
    assumptions,
  };
}

function networkOf(architecture: Architecture): NonNullable<Inspection["network"]> {
  const { network: name, width } = architecture;
  const block = "block" in architecture ? architecture.block : undefined;
  return { name, width, ...(block && { block }) };
}

type Shapes = ReadonlyMap<string, FeatureShape>;

function inputOf({ name, quantization }: Node, shapes: Shapes): InspectedTensor {
  const shape = required(shapes, name);
  const meaning = shape[3] === 1 ? "a grey picture" : "a picture";
  return { name, shape, dtype: quantization?.dtype ?? "float32", meaning };
}

function outputsOf(model: Model, shapes: Shapes): readonly InspectedTensor[] {
  const nodes = new Map(model.graph.nodes.map((node) => [node.name, node]));
  const meanings = meaningsOf(model);
  return model.graph.outputs.map((name, i) => ({
    name,
    shape: required(shapes, name),
    dtype: nodes.get(name)?.quantization?.dtype ?? "float32",
    ...(meanings[i] === undefined ? {} : { meaning: meanings[i] }),
  }));
}

/** What a task's outputs are, in their order. */
function meaningsOf(model: Model): readonly string[] {
  const withBackground = ({ background = true }: DetectionSettings): string =>
    background ? `${classes} and the background` : classes;
  const classes = `${model.labels.length} class${model.labels.length === 1 ? "" : "es"}`;
  switch (model.task) {
    case "classify":
      if (model.labels.length === 1) return ["the probability of the one class"];
      return [
        model.multiLabel === true
          ? `probabilities of ${classes}, each by itself`
          : `probabilities of ${classes} that sum to 1`,
      ];
    case "segment":
      return [`${model.scores ?? "logits"} of ${classes} at each place`];
    case "detect":
      return model.detection.kind === "grid"
        ? [`probabilities of ${classes} and the background in each cell`]
        : ["a box at each anchor", `scores of ${withBackground(model.detection)} at each anchor`];
    case "embed":
      return ["features"];
  }
}

/** The file's operations, or those of the graph that was made of it. */
function operationsOf(
  graph: Graph,
  told: Readonly<Record<string, number>> = {},
  outline: FileOutline | undefined,
): Readonly<Record<string, number>> {
  if (Object.keys(told).length > 0) return told;
  if (outline !== undefined && outline.operations.size > 0) {
    return Object.fromEntries(outline.operations);
  }
  const operations = graph.nodes.filter(({ op }) => op !== "input").map(({ op }) => op);
  return Object.fromEntries(countNames(operations));
}

function rangeOf({ scale, offset, grey }: Preprocess, source: string | undefined): InspectedRange {
  const channels = grey === undefined ? [0, 1, 2] : [0];
  const at = (byte: number): readonly number[] =>
    channels.map((i) => Number((byte * scale[i]! + offset[i]!).toFixed(6)));
  const [from0, from255] = [at(0), at(255)];
  const near = (a: number, b: number | undefined): boolean => Math.abs(a - (b ?? 0)) < 0.01;
  const name = (Object.keys(namedRanges) as RangeName[]).find((each) => {
    const { scale: factors, offset: terms } = namedRanges[each];
    return channels.every(
      (i) => near(terms[i]!, from0[i]) && near(255 * factors[i]! + terms[i]!, from255[i]),
    );
  });
  return {
    ...(name === undefined ? {} : { name }),
    ...{ from0, from255 },
    ...(source === undefined ? {} : { source }),
  };
}
