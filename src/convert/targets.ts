/**
 * The formats that models are converted to, a row each: options, help, errors and the command walk this
 * table. A writer is loaded when a model is converted.
 */
import type { ConversionTarget, FileOptions, FilePrecision, WriteTarget } from "./conversion.ts";

/** A format to convert to. */
type TargetRow = TargetPlace & {
  /** `an ONNX file`. */
  readonly title: string;
  readonly precisions: readonly FilePrecision[];
  /** What its files may be told. */
  readonly options: readonly (keyof FileOptions)[];
  load(): Promise<WriteTarget>;
};

/** One file whose name ends so, or a folder in which the main file is called so. */
type TargetPlace =
  | { readonly ending: `.${string}`; readonly main?: undefined }
  | { readonly main: string; readonly ending?: undefined };

/** The table. */
export const targets: Readonly<Record<ConversionTarget, TargetRow>> = {
  onnx: {
    title: "an ONNX file",
    ending: ".onnx",
    precisions: ["f32", "f16", "int8"],
    options: ["opset", "layout", "dynamicBatch", "boxes", "io"],
    load: async () => (await import("./to-onnx.ts")).toOnnx,
  },
  tflite: {
    title: "a TensorFlow Lite file",
    ending: ".tflite",
    precisions: ["f32", "f16", "int8"],
    options: ["boxes", "io"],
    load: async () => (await import("./to-tflite.ts")).toTflite,
  },
  safetensors: {
    title: "a safetensors file",
    ending: ".safetensors",
    precisions: ["f32", "f16"],
    options: ["names"],
    load: async () => (await import("./to-safetensors.ts")).toSafetensors,
  },
  tfjs: {
    title: "a TensorFlow.js model",
    main: "model.json",
    precisions: ["f32", "f16", "uint8"],
    options: [],
    load: async () => (await import("./to-tfjs.ts")).toTfjs,
  },
  keras: {
    title: "a Keras HDF5 file",
    ending: ".h5",
    precisions: ["f32"],
    options: [],
    load: async () => (await import("./to-keras.ts")).toKeras,
  },
};

/** How numbers may be stored, in all formats together. */
export const filePrecisions: readonly FilePrecision[] = ["f32", "f16", "int8", "uint8"];

/** The names of the formats. */
export const targetNames: readonly ConversionTarget[] = Object.keys(targets) as ConversionTarget[];
