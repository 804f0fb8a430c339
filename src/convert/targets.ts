/**
 * The formats that models are converted to, a row each: options, help, errors and the command walk this
 * table. A writer is loaded when a model is converted.
 */
import type { ConversionTarget, FileOptions, FilePrecision, WriteTarget } from "./conversion.ts";

/** A format to convert to. */
interface TargetRow {
  /** `an ONNX file`. */
  readonly title: string;
  /** How the main file's name ends. */
  readonly ending: `.${string}`;
  readonly precisions: readonly FilePrecision[];
  /** What its files may be told. */
  readonly options: readonly (keyof FileOptions)[];
  load(): Promise<WriteTarget>;
}

/** The table. */
export const targets: Readonly<Record<ConversionTarget, TargetRow>> = {
  onnx: {
    title: "an ONNX file",
    ending: ".onnx",
    precisions: ["f32", "f16", "int8"],
    options: ["opset", "layout", "dynamicBatch"],
    load: async () => (await import("./to-onnx.ts")).toOnnx,
  },
  tflite: {
    title: "a TensorFlow Lite file",
    ending: ".tflite",
    precisions: ["f32", "f16", "int8"],
    options: [],
    load: async () => (await import("./to-tflite.ts")).toTflite,
  },
  safetensors: {
    title: "a safetensors file",
    ending: ".safetensors",
    precisions: ["f32", "f16"],
    options: ["names"],
    load: async () => (await import("./to-safetensors.ts")).toSafetensors,
  },
};

/** The names of the formats. */
export const targetNames: readonly ConversionTarget[] = Object.keys(targets) as ConversionTarget[];
