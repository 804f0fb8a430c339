/**
 * Embedding: the last feature map of any model, averaged over the picture, as a vector that can be
 * compared. It works with every task's model, because all share the same backbone.
 */
import type { Tensor } from "../tensor.ts";
import type { EachOptions, EachPictures, PictureOutcome } from "./each.ts";
import { spatialMean, unitVector } from "./embedding.ts";
import { type LoadedModel, type PictureOptions, pictureOptionNames } from "./platform.ts";
import type { TaskRow, TaskTypes } from "./task.ts";

export interface EmbedOptions extends PictureOptions {
  /** Scale the vector to length 1. Default: false. */
  readonly normalize?: boolean | undefined;
}

/** A loaded embedder. */
export interface Embedder<Input> extends LoadedModel<Input> {
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
  /**
   * The same for many pictures, in a list or as they come, with a few under way at once: while the
   * network looks at one, the next are read and decoded. A text is the path of a file (an address in a
   * page). Answers come in the pictures' order. A picture
   * that cannot be read has an error in place of a result; any other failure ends the work.
   *
   * @throws MobileNetError `invalid-argument`, `aborted` or `disposed`.
   */
  embedEach(
    pictures: EachPictures<Input>,
    options?: EmbedOptions & EachOptions,
  ): AsyncGenerator<PictureOutcome<Float32Array>, void, undefined>;
}

/** The types of embedding. */
export interface EmbedTypes extends TaskTypes {
  readonly options: EmbedOptions;
  readonly settings: { readonly normalize: boolean };
  readonly result: Float32Array;
  readonly facts: Pick<Embedder<never>, "dimensions">;
}

/** Embedding, from a model's features `[1, rows, columns, channels]`. */
export const embed: TaskRow<EmbedTypes> = {
  outputs: ({ features }) => [
    { node: features, role: "features", shape: [1, undefined, undefined, undefined] },
  ],
  // The row's shape has been checked: there are channels.
  facts: (_, [features]) => ({ dimensions: features![3]! }),
  optionNames: { normalize: true, ...pictureOptionNames },
  settle: (_, { normalize }) => ({ normalize: normalize === true }),
  postprocess({ outputs }, { normalize }) {
    const [{ data, shape }] = outputs as readonly [Tensor<"float32">];
    const embedding = spatialMean(data, shape[3]!);
    return normalize ? unitVector(embedding) : embedding;
  },
  json: (vector) => Array.from(vector),
};
