/**
 * Classification: one probability for each class, the most likely few by name.
 */
import type { Graph } from "../graph/ir.ts";
import type { ClassifierModel } from "../models/model.ts";
import type { Tensor } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import type { EachOptions, EachPictures, PictureOutcome } from "./each.ts";
import { labelOf } from "./loaded-model.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import type { TaskRow, TaskRun, TaskTypes } from "./task.ts";
import { topK } from "./top-k.ts";

/** A class and how likely it is. */
export interface ClassPrediction {
  readonly label: string;
  /** The class's index in the model's labels. */
  readonly index: number;
  /**
   * The class's probability, above 0 and up to 1; all classes together sum to 1, up to rounding to
   * 1/256 in 8-bit networks, unless the model is `multiLabel`.
   */
  readonly score: number;
}

export interface ClassifyOptions extends PictureOptions {
  /**
   * How many classes to return, most likely first; where an 8-bit network's probabilities are equal,
   * the larger logit first. Default: 5. Classes of probability 0, of which 8-bit networks have many,
   * are left out.
   */
  readonly topK?: number | undefined;
}

/** A loaded classifier. */
export interface Classifier<Input> extends LoadedModel<Input> {
  /** Whether each class is judged by itself, by a sigmoid, so that scores do not sum to 1. */
  readonly multiLabel: boolean;
  /**
   * The most likely classes of a picture.
   *
   * @throws MobileNetError `invalid-image`, `invalid-argument`, `aborted` or `disposed`.
   *
   * @example
   * ```ts
   * const classifier = await loadClassifier("nsfw");
   * const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
   * const classes = await classifier.classify(grey, { topK: 2 });
   * classes.length; // 2
   * classifier.dispose();
   * ```
   */
  classify(image: Input, options?: ClassifyOptions): Promise<ClassPrediction[]>;
  /**
   * The same for many pictures, in a list or as they come, with a few under way at once: while the
   * network looks at one, the next are read and decoded. A text is the path of a file (an address in a
   * page). Answers come in the pictures' order. A picture
   * that cannot be read has an error in place of a result; any other failure ends the work.
   *
   * @throws MobileNetError `invalid-argument`, `aborted` or `disposed`.
   *
   * @example
   * ```ts
   * const classifier = await loadClassifier("nsfw");
   * const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
   * const found = [];
   * for await (const { index, result, error } of classifier.classifyEach([grey, Uint8Array.of(1)])) {
   *   found.push(result ? result[0].label : `${index}: ${error.code}`);
   * }
   * found; // ["Drawing", "1: invalid-image"]
   * classifier.dispose();
   * ```
   */
  classifyEach(
    pictures: EachPictures<Input>,
    options?: ClassifyOptions & EachOptions,
  ): AsyncGenerator<PictureOutcome<ClassPrediction[]>, void, undefined>;
}

/** The types of classification. */
export interface ClassifyTypes extends TaskTypes {
  readonly model: ClassifierModel;
  readonly options: ClassifyOptions;
  readonly settings: { readonly topK: number };
  readonly result: ClassPrediction[];
  readonly facts: Pick<Classifier<never>, "multiLabel">;
}

/** Classification, from probabilities `[1, 1, 1, classes]` and, where these are 8-bit, their logits. */
export const classify: TaskRow<ClassifyTypes> = {
  outputs({ graph, labels }) {
    const shape = [1, 1, 1, labels.length] as const;
    const probabilities = { node: graph.outputs[0], role: "class probabilities", shape };
    const logits = roundedLogits(graph);
    if (logits === undefined) return [probabilities];
    return [probabilities, { node: logits, role: "class logits", shape }];
  },
  facts: ({ multiLabel }) => ({ multiLabel: multiLabel === true }),
  optionNames: { topK: true, ...pictureOptionNames },
  settle(_, { topK: k = 5 }) {
    if (Number.isInteger(k) && k >= 1) return { topK: k };
    throw badValue("bad topK", "a whole number of at least 1", k);
  },
  postprocess(run, settings) {
    const { data: probabilities } = run.outputs[0]!;
    return rankClasses(run, settings.topK)
      .filter((index) => probabilities[index]! > 0)
      .map((index) => ({
        label: labelOf(run.model.labels, index),
        index,
        score: probabilities[index]!,
      }));
  },
};

/** The most likely classes by index, those of probability 0 among them. */
export function rankClasses({ outputs }: TaskRun<ClassifierModel>, count: number): number[] {
  const [probabilities, logits] = outputs as readonly [Tensor<"float32">, Tensor<"float32">?];
  return topK(probabilities.data, count, logits?.data);
}

/** The 8-bit logits behind 8-bit probabilities: they order classes of one probability. */
function roundedLogits(graph: Graph): string | undefined {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const probabilities = nodes.get(graph.outputs[0] ?? "");
  if (probabilities?.op !== "softmax" && probabilities?.op !== "sigmoid") return undefined;
  const logits = nodes.get(probabilities.inputs[0] ?? "");
  const rounded = probabilities.quantization !== undefined && logits?.quantization !== undefined;
  return rounded ? logits.name : undefined;
}
