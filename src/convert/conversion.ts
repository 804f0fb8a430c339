/** What a conversion is told and what it tells. */
import type { ModelFiles } from "../formats/files.ts";
import type { LoadHdf5 } from "../formats/keras/write-h5.ts";
import type { OnnxLayout } from "../formats/onnx/write-settings.ts";
import type { WrittenScheme } from "../formats/weight-names.ts";
import type { PictureLimits } from "../image/limits.ts";
import type { Model, Task } from "../models/model.ts";
import type { FileEnds } from "../quantize/file-ends.ts";
import type { PictureSource, SkippedPicture } from "../quantize/pictures.ts";
import type { Agreement } from "../quantize/report.ts";
import type { BackendOptions } from "../tasks/backend-choice.ts";
import type { CallOptions } from "../tasks/platform.ts";
import type { DetectorBoxes } from "./detector-boxes.ts";

/** The name of a format to convert to. */
export type ConversionTarget = "onnx" | "tflite" | "safetensors" | "tfjs" | "keras";

/**
 * How numbers are stored: single, half, or 8 bits by scale and zero point; `int8` computes in 8 bits,
 * `uint8` stores kernels so and computes with floats.
 */
export type FilePrecision = "f32" | "f16" | "int8" | "uint8";

/** How far a conversion is. */
export interface ConvertProgress {
  readonly phase: "calibrate" | "evaluate" | "compare";
  /** Pictures; one may come up in several passes. */
  readonly done: number;
  readonly total: number;
}

/** What a target's file may be told; each target takes some of it. */
export interface FileOptions {
  /** ONNX: the version of its operators, 9 to 21. Default: 13. */
  readonly opset?: number | undefined;
  /** ONNX: whether maps go in and come out with their channels first or last. Default: `nchw`. */
  readonly layout?: OnnxLayout | undefined;
  /** ONNX: whether any number of images may go in at once. Default: false, one. */
  readonly dynamicBatch?: boolean | undefined;
  /**
   * ONNX and TensorFlow Lite, of detectors with anchors: encodings and scores as the network gives them,
   * or `decoded` boxes, or the objects that are left when boxes have `suppressed` each other by the
   * model's settings. Default: `raw`.
   */
  readonly boxes?: DetectorBoxes | undefined;
  /**
   * ONNX and TensorFlow Lite, 8 bits: what the file takes and gives. MediaPipe and ML Kit want `uint8`, a
   * picture's bytes; ONNX has no `int8` here. Default: what the network has.
   */
  readonly io?: FileEnds | undefined;
  /** Safetensors: whose names and order the weights get. Default: `canonical`, this library's own. */
  readonly names?: WrittenScheme | undefined;
}

/** Options of `convert`. */
export interface ConvertOptions<Input>
  extends FileOptions,
    BackendOptions,
    CallOptions,
    PictureLimits {
  /** The format. */
  readonly to: ConversionTarget;
  /** Default: what the model has, `f32` or `int8`. */
  readonly precision?: FilePrecision | undefined;
  /**
   * Pictures of the kind that the network will see. A float model becomes 8-bit by them, as `quantize`
   * does it; whatever the precision, the outputs of model and files are compared on them.
   */
  readonly images?: readonly PictureSource<Input>[] | undefined;
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
}

/** What is another in the files than in the model. */
export interface ConversionChange {
  readonly code:
    | "norms-folded"
    | "norms-added"
    | "epsilon-restated"
    | "half-precision"
    | "half-kernels"
    | "byte-kernels"
    | "quantized"
    | "unsigned"
    | "channels-last"
    | "open-batch"
    | "other-ends"
    | "uncut-boxes"
    | "renamed"
    | "names-changed"
    | "graph-model"
    | "other-range"
    | "network-unsaid"
    | "preparation-unsaid"
    | "labels-in-lines"
    | "steps-left-out";
  /** A sentence for people. */
  readonly text: string;
}

/** What became of a model. */
export interface ConversionReport {
  readonly model: string;
  readonly task: Task;
  readonly to: ConversionTarget;
  readonly precision: FilePrecision;
  /** What the files were told, defaults included. */
  readonly settings: FileOptions;
  readonly changes: readonly ConversionChange[];
  /** The weights as they are in memory, and the files. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** Absent where no pictures were given. */
  readonly comparison?: OutputComparison | undefined;
  /** Of the quantisation, where there was one: how often both networks answer alike. */
  readonly agreement?: Agreement | undefined;
  /** Pictures that could not be read; absent where there were none. */
  readonly skipped?: readonly SkippedPicture[] | undefined;
}

/** Outputs of the model and of its files, as this library reads them back. */
export interface OutputComparison {
  readonly images: number;
  /** The largest difference of a value of any output. */
  readonly largestDifference: number;
  /** The largest value of any output, by its amount, to hold it against. */
  readonly largestValue: number;
}

/** The files and what became of the model. */
export interface Converted {
  /** By their names; loaders take them as they are. */
  readonly files: ModelFiles;
  readonly report: ConversionReport;
}

/** What writes a model, float or 8-bit as its graph is. */
export type WriteTarget = (
  model: Model,
  settings: FileOptions & {
    readonly precision: FilePrecision;
    readonly loadHdf5?: LoadHdf5 | undefined;
  },
) => Promise<WrittenTarget> | WrittenTarget;

/** What was written. */
export interface WrittenTarget {
  readonly files: ModelFiles;
  readonly settings: FileOptions;
  readonly changes: readonly ConversionChange[];
}
