/** Conversion in Node: pictures are decoded and models found as the loaders do it. */
import { loadH5wasm } from "../disk/packages-node.ts";
import type { ModelBytes } from "../formats/files.ts";
import type { Model } from "../models/model.ts";
import { decode } from "../tasks/decode-node.ts";
import { loadModel } from "../tasks/node.ts";
import type { ImageInput } from "../tasks/platform.ts";
import type { Converted, ConvertOptions } from "./conversion.ts";
import { convertSource } from "./convert-source.ts";

/**
 * Writes a model in the format of another runtime or library, with preprocessing, labels and what a
 * detector's boxes mean in the file's metadata: this library's loaders read the files without assuming
 * anything, others find what they look for. What a format cannot say is refused, never left out.
 * docs/convert.md says what each format holds.
 *
 * @param source - A name of the hub, a path, a URL, a folder's files as bytes, or a model.
 * @returns The files by name, and what is another in them than in the model; where `images` are given,
 *   with the largest difference of outputs between the model and the files as they are read back.
 * @throws MobileNetError `invalid-argument` for an unknown option, one that the format does not take, or
 *   8 bits of a float model without pictures; `unsupported` naming what the format cannot say;
 *   `invalid-model` for weights that are no numbers; `invalid-image`; `aborted`; whatever loading the
 *   model throws.
 *
 * @example
 * ```ts
 * const { files, report } = await convert(await loadModel("nsfw"), { to: "onnx", opset: 17 });
 * [...files.keys()]; // ["model.onnx"]
 * report.changes.length; // 0
 * const classifier = await loadClassifier(files);
 * (await classifier.classify(await readFile("examples/images/coffee.png")))[0].label; // "Neutral"
 * classifier.dispose();
 * ```
 */
export function convert(
  source: string | ModelBytes | Model,
  options: ConvertOptions<ImageInput>,
): Promise<Converted> {
  return convertSource(source, options, { decode, loadModel, loadHdf5: loadH5wasm });
}
