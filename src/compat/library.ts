/**
 * What the adapters need of the library and of pictures. They keep the call and result shapes of packages
 * that run on TensorFlow.js; tensors are known by what they can do, so that no TensorFlow.js is needed.
 */
import { describeError, MobileNetError } from "../errors.ts";
import type { RgbImage } from "../image/image.ts";
import type { Model } from "../models/model.ts";
import type { Classifier } from "../tasks/classifier.ts";
import type { Detector } from "../tasks/detector.ts";
import type { LoaderOptions } from "../tasks/loaders.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { badValue, fieldsOf } from "../wrong-argument.ts";

/** A picture as a tensor of TensorFlow.js: `[height, width, 3]` or `[1, height, width, 3]`, 0 to 255. */
export interface PictureTensor {
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}

/** The loaders of a platform, as far as the adapters use them. */
export interface Library<Input, Source, Options> {
  readonly loadModel: (source: Source, options?: Options) => Promise<Model>;
  readonly loadClassifier: (model: Model, options?: LoaderOptions) => Promise<Classifier<Input>>;
  readonly loadDetector: (model: Model, options?: LoaderOptions) => Promise<Detector<Input>>;
}

/** Options of a platform's loaders that do not conflict with the packages' calls. */
export type CompatOptions<Options> = Omit<Options, "outputs">;

/** What concerns running a model, and what concerns finding it, where what is left over is refused. */
export function splitOptions<Options extends LoaderOptions>(
  options: CompatOptions<Options>,
): { readonly running: LoaderOptions; readonly finding: Options } {
  const { backend, threads, worker, ...finding } = options as Options;
  return {
    running: { backend, threads, worker, signal: finding.signal },
    finding: finding as unknown as Options,
  };
}

/**
 * A tensor's picture, or what was given where it is none.
 *
 * @throws MobileNetError `invalid-image` for a tensor of another shape, of values beyond 0 to 255, or that gives none.
 */
export async function pictureOf<Input>(input: Input | PictureTensor): Promise<Input> {
  if (!isTensor(input)) return input as Input;
  const shape = [...input.shape];
  if (shape.length === 4 && shape[0] === 1) shape.shift();
  const [height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 3 || channels !== 3) {
    throw new MobileNetError("invalid-image", "the tensor is no picture", {
      expected: "a shape of [height, width, 3]",
      received: quote(input.shape),
      remedy: "Read it with tf.browser.fromPixels(picture, 3).",
    });
  }
  const values: unknown = await valuesOf(input);
  const count = width * height * 3;
  const { length } = fieldsOf(values);
  if (length !== count) {
    throw new MobileNetError("invalid-image", "the tensor is no picture", {
      expected: `${count} values`,
      received: quote(length ?? values),
    });
  }
  const picture: RgbImage = { width, height, data: bytesOf(values as ArrayLike<number>) };
  // Pixels are what every platform takes.
  return picture as Input;
}

/** What a tensor's own `data` gives. It throws in its own words, as where the tensor was disposed. */
async function valuesOf(tensor: PictureTensor): Promise<unknown> {
  try {
    return await tensor.data();
  } catch (cause) {
    throw new MobileNetError("invalid-image", "the tensor's values cannot be read", {
      received: describeError(cause),
      remedy: "Pass a tensor that was not disposed.",
      cause,
    });
  }
}

function isTensor(input: unknown): input is PictureTensor {
  const { shape, data } = fieldsOf(input);
  return Array.isArray(shape) && typeof data === "function";
}

/** Values from 0 to 255, fractions of which are rounded. */
function bytesOf(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length);
  let largest = 0;
  let hasFraction = false;
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (!isNumberIn(value, 0, 255)) {
      throw new MobileNetError("invalid-image", "a value of the tensor is no brightness", {
        expected: "0 to 255",
        received: quote(value),
      });
    }
    if (value > largest) largest = value;
    hasFraction ||= !Number.isInteger(value);
    bytes[i] = Math.round(value);
  }
  // A picture of fractions would become black in silence.
  if (largest > 0 && largest <= 1 && hasFraction) {
    throw new MobileNetError("invalid-image", "the tensor's values are fractions", {
      expected: "brightness from 0 to 255",
      received: "0 to 1",
      remedy: "Multiply it by 255.",
    });
  }
  return bytes;
}

/** Refuses what is no count of answers. */
export function checkTopK(value: unknown): void {
  if (isNumberIn(value, 1, Number.MAX_SAFE_INTEGER) && Number.isInteger(value)) return;
  throw badValue("bad topk", "a whole number of at least 1", value);
}
