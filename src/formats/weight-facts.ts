/**
 * What files say about weights whose names are all that the weights themselves tell. What stands here is
 * honoured; what does not is a caller's word, or the convention of whose names these are.
 */

import type { Preprocess } from "../image/presets.ts";
import type { Stated } from "./file-facts.ts";

/** Each is absent where no file says it. */
export interface WeightFacts {
  /** Where these stand: `config.json`. */
  readonly from?: string | undefined;
  /** Whose names the weights have to have, where the file is that library's. */
  readonly scheme?: "timm" | "transformers" | undefined;
  /** What wrote the weights. */
  readonly framework?: string | undefined;
  readonly padding?: "same" | "symmetric" | undefined;
  readonly epsilon?: number | undefined;
  /** Rows and columns. */
  readonly resolution?: readonly [rows: number, columns: number] | undefined;
  readonly outputStride?: 8 | 16 | 32 | undefined;
  readonly preprocess?: Stated<Preprocess> | undefined;
  readonly labels?: Stated<readonly string[]> | undefined;
  /** What turns a classifier's logits into scores. */
  readonly ending?: "softmax" | "sigmoid" | undefined;
  /** Channels of the stem, where a file says which width these weights have. */
  readonly stemChannels?: number | undefined;
  readonly notes?: readonly string[] | undefined;
}
