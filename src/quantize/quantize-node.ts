/**
 * Quantisation in Node: pictures are decoded as the loaders do it.
 */
import type { ModelBytes } from "../formats/files.ts";
import { checkModel } from "../models/check-model.ts";
import { isModel, type Model } from "../models/model.ts";
import { requireOptions } from "../option-names.ts";
import { decode } from "../tasks/decode-node.ts";
import { loadModel } from "../tasks/node.ts";
import type { ImageInput } from "../tasks/platform.ts";
import type { QuantizedModel, QuantizeOptions } from "./quantize-model.ts";

/**
 * Turns a float32 model into an 8-bit `.tflite` file without training it again: int8 weights with one
 * scale per output channel, int32 biases, and int8 feature maps whose ranges come from pictures. The
 * same pictures in the same order give the same bytes. docs/numerics.md states the arithmetic. Any
 * loader reads the file, by path or bytes; what a detector's boxes mean is in its metadata.
 *
 * @param source - A name of the hub, a path, a URL, a folder's files as bytes, or a model.
 * @returns The file, and what it cost: signal to noise of every layer in dB, agreement with the float
 *   model from 0 to 1, bytes and seconds.
 * @throws MobileNetError `invalid-argument` for an unknown option, no pictures or a model that is
 *   8-bit already; `unsupported` for an operation without an 8-bit form; `invalid-image`; `aborted`;
 *   whatever loading the model throws.
 *
 * @example
 * ```ts
 * const cup = await readFile("examples/images/coffee.png");
 * const { file, report } = await quantize(await loadModel("nsfw"), { images: [cup] });
 * const classifier = await loadClassifier(new Map([["nsfw.tflite", file]]));
 * (await classifier.classify(cup))[0].label; // "Neutral"
 * report.agreement.fraction; // 1
 * classifier.dispose();
 * ```
 */
export async function quantize(
  source: string | ModelBytes | Model,
  options: QuantizeOptions<ImageInput>,
): Promise<QuantizedModel> {
  requireOptions(options, "quantize");
  const { signal } = options;
  if (isModel(source)) checkModel(source, "quantize");
  // Loaded when it is called: most programs only run models.
  const { quantizeModel } = await import("./quantize-model.ts");
  const model = isModel(source) ? source : await loadModel(source, signal ? { signal } : {});
  return quantizeModel(model, options, decode);
}
