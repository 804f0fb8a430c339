/** A model as the one file that phones and other runtimes take, its numbers as they are. */
import { hasBytes } from "../compile/plan-memory.ts";
import { checkModel } from "../models/check-model.ts";
import { isModel, type Model } from "../models/model.ts";
import { required } from "../required.ts";
import { wrongArgument } from "../wrong-argument.ts";

/**
 * A model as a `.tflite` file: a float32 model in float32, an 8-bit one in its 8 bits. Batch norms are
 * folded; preprocessing, labels and what a detector's boxes mean are in the file's metadata, so that any
 * loader reads it by path or bytes. `quantize` makes a file of a quarter the size of a float32 model;
 * `convert` also stores it in half precision, and writes other formats.
 *
 * @param model - With its weights, as `loadModel` gives it.
 * @throws MobileNetError `invalid-argument` for what is no model, or one without weights; `unsupported` naming
 *   the node that the format has no operator for.
 *
 * @example
 * ```ts
 * const file = await tfliteFile(await loadModel("nsfw"));
 * const classifier = await loadClassifier(new Map([["nsfw.tflite", file]]));
 * (await classifier.classify(await readFile("examples/images/coffee.png")))[0].label; // "Neutral"
 * classifier.dispose();
 * ```
 */
export async function tfliteFile(model: Model): Promise<Uint8Array> {
  if (!isModel(model)) throw wrongArgument("tfliteFile", "a model, as loadModel gives", model);
  checkModel(model, "tfliteFile");
  // Loaded when it is called: most programs only run models.
  const { toTflite } = await import("./to-tflite.ts");
  const { files } = await toTflite(model, { precision: hasBytes(model.graph) ? "int8" : "f32" });
  return required(files, "model.tflite");
}
