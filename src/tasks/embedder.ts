/**
 * Embedding: the last feature map of any model, averaged over the picture, as a vector that can be
 * compared. It works with every task's model, because all share the same backbone.
 */
import type { Model } from "../models/model.ts";
import { l2Normalize, spatialMean } from "./embedding.ts";
import { checkOptions, type OptionNames } from "./known-options.ts";
import { loadedModel } from "./loaded-model.ts";
import type { CallOptions, LoadedModel } from "./platform.ts";
import type { Session } from "./session.ts";

export interface EmbedOptions extends CallOptions {
  /** Scale the vector to length 1. Default: false. */
  readonly normalize?: boolean | undefined;
}

const embedOptionNames: OptionNames<EmbedOptions> = { normalize: true, signal: true };

/** A loaded embedder. */
export interface Embedder<Input> extends LoadedModel {
  /** How many numbers an embedding has. */
  readonly dimensions: number;
  /**
   * A picture as a vector of `dimensions` numbers.
   *
   * @throws MobileNetError `invalid-image`, `invalid-argument`, `aborted` or `disposed`.
   *
   * @example
   * ```ts
   * const embedder = await loadEmbedder("ssdlite-coco");
   * const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
   * (await embedder.embed(grey)).length; // 1280
   * embedder.dispose();
   * ```
   */
  embed(image: Input, options?: EmbedOptions): Promise<Float32Array>;
}

/** An embedder over a session whose only output is the model's features, `[1, h, w, c]`. */
export function createEmbedder<Input>(model: Model, session: Session<Input>): Embedder<Input> {
  const dimensions = session.outputShape(0)[3] as number;
  return {
    ...loadedModel(model, session),
    dimensions,
    async embed(image, options = {}) {
      checkOptions(options, embedOptionNames, "embed");
      const { outputs } = await session.run(image, options);
      const embedding = spatialMean(outputs[0]!, dimensions);
      return options.normalize === true ? l2Normalize(embedding) : embedding;
    },
  };
}
