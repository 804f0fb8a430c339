/**
 * Classification: one probability for each class, the most likely few by name.
 */
import { MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { ClassifierModel } from "../models/model.ts";
import { quote } from "../untrusted.ts";
import { checkOptions, type OptionNames } from "./known-options.ts";
import { labelOf, loadedModel } from "./loaded-model.ts";
import type { CallOptions, LoadedModel } from "./platform.ts";
import type { Session } from "./session.ts";
import { topK } from "./top-k.ts";

/** A class and how likely it is. */
export interface ClassPrediction {
  readonly label: string;
  /** The class's index in the model's labels. */
  readonly index: number;
  /** Above 0 and up to 1; all classes together sum to 1, up to rounding to 1/256 in 8-bit networks. */
  readonly probability: number;
}

export interface ClassifyOptions extends CallOptions {
  /**
   * How many classes to return, most likely first; where an 8-bit network's probabilities are equal,
   * the larger logit first. Default: 5. Classes of probability 0, of which 8-bit networks have many,
   * are left out.
   */
  readonly topK?: number | undefined;
}

const classifyOptionNames: OptionNames<ClassifyOptions> = { topK: true, signal: true };

/** A loaded classifier. */
export interface Classifier<Input> extends LoadedModel {
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
}

/**
 * The graph that a classifier runs: where its probabilities are 8-bit, the 8-bit logits behind them leave
 * it, too, to order classes of one probability.
 */
export function classifierGraph({ graph }: ClassifierModel): Graph {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const probabilities = nodes.get(graph.outputs[0] ?? "");
  const logits = nodes.get(probabilities?.inputs[0] ?? "");
  const ordered = probabilities?.op === "softmax" || probabilities?.op === "sigmoid";
  const rounded = probabilities?.quantization !== undefined && logits?.quantization !== undefined;
  return ordered && rounded ? selectOutputs(graph, [...graph.outputs, logits.name]) : graph;
}

/** A classifier over a session whose first output is `[1, 1, 1, classes]`. */
export function createClassifier<Input>(
  model: ClassifierModel,
  session: Session<Input>,
): Classifier<Input> {
  session.outputShape(0, model.labels.length);
  return {
    ...loadedModel(model, session),
    async classify(image, options = {}) {
      checkOptions(options, classifyOptionNames, "classify");
      const { topK: k = 5, signal } = options;
      if (!(Number.isInteger(k) && k >= 1)) {
        throw new MobileNetError("invalid-argument", "bad topK", {
          expected: "a whole number of at least 1",
          received: quote(k),
        });
      }
      const { outputs } = await session.run(image, { signal });
      const [probabilities, logits] = outputs as readonly [Float32Array, Float32Array?];
      const likely = topK(probabilities, k, logits).filter((index) => probabilities[index]! > 0);
      return likely.map((index) => ({
        label: labelOf(model.labels, index),
        index,
        probability: probabilities[index]!,
      }));
    },
  };
}
