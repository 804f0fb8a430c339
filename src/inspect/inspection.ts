/** What an inspection says of a model: a plain object that survives JSON. */
import type { ErrorCode } from "../errors.ts";
import type { TensorOutline } from "../formats/outline.ts";
import type { BlockVariant } from "../graph/architecture.ts";
import type { Preprocess, RangeName } from "../image/presets.ts";
import type { Assumption, Task } from "../models/model.ts";
import type { NetworkName } from "../models/networks.ts";

/** What goes into a network or comes out. */
export interface InspectedTensor extends TensorOutline {
  /** What it is: `probabilities of 5 classes`; absent where only the file speaks of it. */
  readonly meaning?: string;
}

/** What a byte from 0 to 255 becomes: the numbers at both ends, for each channel. */
export interface InspectedRange {
  /** Its name, where it has one. */
  readonly name?: RangeName;
  readonly from0: readonly number[];
  readonly from255: readonly number[];
  /** Who says so, and where; absent where it was assumed. */
  readonly source?: string;
}

/** Whether something can be made of a model. */
export interface Ability {
  readonly possible: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** What is known of a model and its files. What is not known is absent. */
export interface Inspection {
  readonly name: string;
  /** `a TensorFlow Lite file`; absent where the model came from no file. */
  readonly format?: string;
  /** What wrote it, with versions, as far as it says. */
  readonly framework?: string;
  /** Why the file cannot be used; then only what the file says by itself is told. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string };
  readonly task?: Task;
  /** Of a classifier: whether each class is judged by itself, so that scores do not sum to 1. */
  readonly multiLabel?: boolean;
  /** The network, where it is one of this library's, its width multiplier, and how its blocks differ. */
  readonly network?: {
    readonly name: NetworkName;
    readonly width: number;
    readonly block?: BlockVariant;
  };
  /** As the network has them, `[n, rows, columns, channels]`; with a problem, as the file has them. */
  readonly inputs: readonly InspectedTensor[];
  readonly outputs: readonly InspectedTensor[];
  /** Numbers of an embedding. */
  readonly embedding?: number;
  /** How pictures become the input. */
  readonly preprocess?: Preprocess;
  readonly range?: InspectedRange;
  readonly labels?: {
    readonly count: number;
    /** The first ten. */
    readonly first: readonly string[];
    /** Where they come from; absent where classes are numbered. */
    readonly source?: string;
  };
  /** How often each operation occurs, by the file's names; by this library's where it has none. */
  readonly operations: Readonly<Record<string, number>>;
  /** How often each operation runs outside WebAssembly, in JavaScript, by this library's names. */
  readonly outsideWebAssembly?: Readonly<Record<string, number>>;
  /** `int8` where any value inside is 8-bit. */
  readonly precision?: "float32" | "int8";
  /** Trainable parameters. */
  readonly parameters?: number;
  /** Of one picture. */
  readonly multiplyAdds?: number;
  readonly memory?: {
    readonly weightBytes: number;
    /** Values on their way through the network, on one thread. */
    readonly activationBytes: number;
  };
  readonly can?: {
    /** `train` may start from it. */
    readonly train: Ability;
    readonly quantize: Ability;
    /** What files can be written of it. */
    readonly convert: { readonly tflite: Ability; readonly onnx: Ability };
  };
  /** What is unusual. */
  readonly notes: readonly string[];
  /** What the files do not say and was assumed. */
  readonly assumptions: readonly Assumption[];
}
