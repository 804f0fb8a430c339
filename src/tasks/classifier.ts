/**
 * Classification: one probability for each class, the most likely few by name.
 */
import { MobileNetError } from "../errors.ts";
import type { ClassifierModel } from "../models/model.ts";
import { labelOf, loadedModel } from "./loaded-model.ts";
import type { CallOptions, LoadedModel } from "./platform.ts";
import type { Session } from "./session.ts";
import { topK } from "./top-k.ts";

/** A class and how likely it is. */
export interface ClassPrediction {
  readonly label: string;
  /** The class's index in the model's labels. */
  readonly index: number;
  /** 0 to 1; all classes together sum to 1. */
  readonly probability: number;
}

export interface ClassifyOptions extends CallOptions {
  /** How many classes to return, most likely first. Default: 5. */
  readonly topK?: number | undefined;
}

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

/** A classifier over a session whose first output is `[1, 1, 1, classes]`. */
export function createClassifier<Input>(
  model: ClassifierModel,
  session: Session<Input>,
): Classifier<Input> {
  session.outputShape(0, model.labels.length);
  return {
    ...loadedModel(model, session),
    async classify(image, { topK: k = 5, signal } = {}) {
      if (!(Number.isInteger(k) && k >= 1)) {
        throw new MobileNetError("invalid-argument", "bad topK", {
          expected: "a whole number of at least 1",
          received: String(k),
        });
      }
      const { outputs } = await session.run(image, { signal });
      const probabilities = outputs[0]!;
      return topK(probabilities, k).map((index) => ({
        label: labelOf(model.labels, index),
        index,
        probability: probabilities[index]!,
      }));
    },
  };
}
