/**
 * What a file says about its model beside the graph, each with the place where it says so. What is
 * absent here the file does not say: it is then a caller's word or an assumption, which is stated.
 */
import type { Preprocess, RangeName } from "../image/presets.ts";
import type { Assumption, DetectionSettings, LogitEnlargement } from "../models/model.ts";

/** Something that a file says, and where: `metadata.json`, `the Rescaling layer "rescaling"`. */
export interface Stated<T> {
  readonly value: T;
  readonly from: string;
}

/** What a reader of graphs found. */
export interface FileFacts {
  /** What wrote the file, with versions, as far as it says: `Keras 2.15.0 by TensorFlow.js 4.22.0`. */
  readonly framework?: string | undefined;
  /** How often each of the file's operations occurs, by the file's names. */
  readonly operations: ReadonlyMap<string, number>;
  /** What a byte from 0 to 255 has to become for the input, channel by channel. */
  readonly range?: Stated<Pick<Preprocess, "scale" | "offset">> | undefined;
  /** What is usual with what wrote the file, where it says nothing; -1..1 where absent. */
  readonly usualRange?: RangeName | undefined;
  /** The classes' names; index i names output i. */
  readonly labels?: Stated<readonly string[]> | undefined;
  /** How pictures are fitted and resized, where the file says that too. */
  readonly preprocess?: Stated<Preprocess> | undefined;
  /** How pictures of other sizes are fitted, where the file says that alone. */
  readonly fit?: Stated<Pick<Preprocess, "fit" | "centers">> | undefined;
  /** That the graph's two outputs are boxes and scores of anchors, which the file decodes like this. */
  readonly detection?: DetectionFacts | undefined;
  /** That a segmenter's output is probabilities as it is, with nothing behind it. */
  readonly scores?: "probabilities" | undefined;
  /** How an 8-bit segmenter's logits come to the size of the input, where the file says it beside its graph. */
  readonly enlargement?: LogitEnlargement | undefined;
  /** The architecture that the file says its graph was built from, as JSON gives it: not checked yet. */
  readonly architecture?: Stated<unknown> | undefined;
  /** Whether the file describes its whole model, so that nothing of its head is left open. */
  readonly described?: true | undefined;
  /** What the reader had to assume where the file says nothing. */
  readonly assumptions?: readonly Assumption[] | undefined;
  /** What is unusual and good to know: `weights are stored in 8 bits and run as floats`. */
  readonly notes?: readonly string[] | undefined;
}

/** How boxes and scores become objects. */
export interface DetectionFacts {
  readonly settings: DetectionSettings;
  /** Without the background. */
  readonly classes: number;
}
