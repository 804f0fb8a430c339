/**
 * What differs between Node and the browser: how a picture is decoded and where a model comes from.
 * The tasks take both as arguments and are otherwise the same program everywhere.
 */
import { MobileNetError } from "../errors.ts";
import type { DecodeOptions, RgbaPixels } from "../image/decode.ts";
import type { Drawable } from "../image/drawable.ts";
import type { Rectangle, RgbImage } from "../image/image.ts";
import { type PictureLimits, pictureLimitNames } from "../image/limits.ts";
import { leastCopy } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import { refuseDetached } from "../image/refuse-detached.ts";
import type { Assumption, Model, Task } from "../models/model.ts";
import type { OptionNames } from "../option-names.ts";
import type { NodeValues } from "./named-values.ts";
import type { WorkerHost } from "./off-thread/worker-host.ts";

/** Options of every call. */
export interface CallOptions {
  /** Cancels the work. */
  readonly signal?: AbortSignal | undefined;
}

/** How a picture is decoded. */
export interface DecodeCallOptions extends CallOptions, PictureLimits {
  /**
   * `scaled` decodes a large JPEG or WebP to no more than twice the size that the network sees, `full` to
   * all of its pixels, as published pipelines do, whose resizing passes over most of them: slower, and
   * the same bits as theirs. Pictures less than four times as wide and high as the network sees them,
   * and all of other kinds, are always decoded whole. What a page draws (canvas, video, bitmap) is drawn
   * to the size that a JPEG would be decoded to. Default: `scaled`.
   */
  readonly decode?: DecodeScale | undefined;
}

/** How much of a picture is decoded. */
export type DecodeScale = "scaled" | "full";

/** What a decoder is told. */
export interface DecodeRequest extends CallOptions, PictureLimits {
  /** What the network makes of the picture, where a copy will do that is no worse for it. */
  readonly preprocess?: Preprocess | undefined;
}

/** The same for the decoders themselves. */
export function decodeOptions({ preprocess, ...options }: DecodeRequest): DecodeOptions {
  if (preprocess === undefined) return options;
  return { ...options, least: (size) => leastCopy(size, preprocess) };
}

/** Options of every call that takes a picture. */
export interface PictureOptions extends DecodeCallOptions {
  /**
   * With a worker: move the picture's memory there instead of a copy of it; then it cannot be used here
   * any more. An array that is a part of larger memory is copied all the same. Default: false.
   */
  readonly transfer?: boolean | undefined;
  /**
   * Look at a part of the picture only, in its pixels; a part that reaches out of it is cut. Such a picture
   * is decoded whole. Boxes and class maps are those of the whole picture; a pixel outside the region has
   * the class 0 where that is the background, else 255. Default: all of it.
   */
  readonly region?: Rectangle | undefined;
}

/** The names of the options of every call that takes a picture. */
export const pictureOptionNames: OptionNames<PictureOptions> = {
  ...pictureLimitNames,
  decode: true,
  transfer: true,
  region: true,
  signal: true,
};

/** Where a loaded model works. */
export interface WorkerChoice {
  /**
   * Work in a worker thread of the model's own: decoding, preprocessing, the network and what follows,
   * so that the calling thread stays free. Results are the same bits. Where no worker can be had, the
   * calling thread works, and `description` says why. An address names the worker's script, where the
   * package's own is not found: a copy of what `mobilenetv2/worker` resolves to. Default: false.
   */
  readonly worker?: boolean | string | URL | undefined;
}

/**
 * A picture as a file's bytes (JPEG, PNG …) or as pixels, RGB or RGBA such as `ImageData`. It is read
 * when the call's turn has come, so its memory must stay as it is until the call is answered; with a
 * worker it is copied at once.
 */
export type PictureInput = Uint8Array | ArrayBuffer | Blob | RgbImage | RgbaPixels;

/**
 * What a task takes for a picture: bytes, pixels or, in a page, anything that a canvas can draw. Node
 * refuses the last; its types name it all the same, so that one import type-checks in both.
 */
export type ImageInput = PictureInput | Drawable;

/** The bytes of an encoded picture, if that is what it is. */
export async function encodedBytes(input: unknown): Promise<Uint8Array | undefined> {
  refuseDetached(input);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (input instanceof Uint8Array) return input;
  return input instanceof Blob ? new Uint8Array(await input.arrayBuffer()) : undefined;
}

/** Whether a value is made like pixels: an object with data. Their number is checked later. */
export function isPixels(input: unknown): input is RgbImage | RgbaPixels {
  return typeof input === "object" && input !== null && "data" in input && "width" in input;
}

/** The error for a value that is no picture. */
export function noPicture(input: unknown, expected: string): MobileNetError {
  return new MobileNetError("invalid-argument", "this is no picture", {
    expected,
    received: input === null ? "null" : typeof input,
    remedy: typeof input === "string" ? "Read the file first and pass its bytes" : undefined,
  });
}

/** Turns whatever the platform takes for a picture into RGB. */
export type Decode<Input> = (input: Input, request: DecodeRequest) => Promise<RgbImage>;

/** A host of the library. */
export interface Platform<Input, Source, ResolveOptions> {
  readonly decode: Decode<Input>;
  readonly resolveModel: (source: Source, options: ResolveOptions) => Promise<Model>;
  /** A picture by its name: a file's path, or an address. */
  readonly openPicture?: (name: string) => Promise<Uint8Array>;
  /** Its workers, loaded when one is wanted; where there are none, the calling thread works. */
  readonly workers?: () => Promise<WorkerHost<Input>>;
  /** What the host does before a model, found or given, is made ready to run. */
  readonly beforeRunning?: (model: Model, options: ResolveOptions) => Promise<void>;
  /** The options of its loaders; any other is refused. */
  readonly optionNames: OptionNames<ResolveOptions>;
}

/** What every loaded model offers besides its verb. */
export interface LoadedModel<Input = never> extends Disposable {
  /** The model's name. */
  readonly name: string;
  /** What the model was trained for. */
  readonly task: Task;
  /** Class names; index i names class i. */
  readonly labels: readonly string[];
  /** What the model's files do not say and was assumed; options of the loader say otherwise. */
  readonly assumptions: readonly Assumption[];
  /** How it runs: backend, instruction set, threads. */
  readonly description: string;
  /** Bytes of activation memory it holds. */
  readonly arenaBytes: number;
  /**
   * What the nodes named by the loader's option `outputs` hold for a picture, in that order. They are
   * computed apart from the verb's answer, by the same kernels; where fused kernels would have skipped a
   * node's values, the last bits of floats behind it may differ from those behind the answer. 8-bit
   * values are the same bits. Unlike an answer they may be infinite or no number.
   *
   * @throws MobileNetError `invalid-argument` where `outputs` named none, `invalid-image`, `aborted` or
   *   `disposed`.
   *
   * @example
   * ```ts
   * const classifier = await loadClassifier("cifar10", { outputs: ["input", "block_3", "logits"] });
   * const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
   * const [input, block, logits] = await classifier.values(grey);
   * Math.abs(input.data[0]) < 0.01; // true
   * [block.node, block.shape]; // ["block_3/project/batch_norm", [1, 16, 16, 32]]
   * logits.data.length === classifier.labels.length; // true
   * classifier.dispose();
   * ```
   */
  values(image: Input, options?: PictureOptions): Promise<NodeValues[]>;
  /** Frees the model's memory; may be called twice. Later calls of the verb throw `disposed`. */
  dispose(): void;
}

/** The error of a call after a model's end. */
export function disposedModelError(name: string): MobileNetError {
  return new MobileNetError("disposed", "the model was disposed", {
    node: name,
    remedy: "Load it again",
  });
}
