/** Models as files: those that people bring, and those that they take along. */
import { type Zippable, zipSync } from "fflate";
import {
  type ClassifierModel,
  loadModel,
  type Model,
  type ModelFiles,
  quantize,
  tfliteFile,
} from "mobilenetv2";
import type { OnLoaded } from "./engine-api.ts";
import type { ModelFormat, SavedModel } from "./teach-api.ts";

/** A good calibration, as docs/evaluating.md says. */
const mostPictures = 100;

/**
 * The class names of a classifier.
 *
 * @throws Failure `wrong-task` where it is for something else; whatever reading throws.
 */
export async function readModel(files: ModelFiles): Promise<readonly string[]> {
  return (await classifierOf(files)).labels;
}

/** A model as one file. */
export async function saveModel(
  files: ModelFiles,
  format: ModelFormat,
  examples: readonly Blob[],
  onLoaded: OnLoaded,
): Promise<SavedModel> {
  if (format === "zip") return { file: archiveOf(files) };
  const model = await classifierOf(files);
  if (format === "tflite") return { file: fileOf(await tfliteFile(model)) };
  const { file, report } = await quantize(model, {
    images: spread(examples, mostPictures),
    // What all runtimes take: a picture's own bytes.
    io: "uint8",
    threads: "auto",
    onProgress: ({ phase, done, total }) => {
      onLoaded(phase === "calibrate" ? done : total + done, 2 * total);
    },
  });
  const { fraction, count } = report.agreement;
  return { file: fileOf(file), agreement: { same: Math.round(fraction * count), of: count } };
}

async function classifierOf(files: ModelFiles): Promise<ClassifierModel> {
  const model: Model = await loadModel(files);
  if (model.task === "classify") return model;
  throw { code: "wrong-task", message: `a model to ${model.task}; expected one to classify` };
}

/** Weights hardly get smaller by packing. */
function archiveOf(files: ModelFiles): Blob {
  const zip = zipSync(Object.fromEntries(files) as Zippable, { level: 0 });
  return new Blob([zip], { type: "application/zip" });
}

function fileOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
}

/** At most so many of a list, from all of its parts. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}
