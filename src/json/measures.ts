/** What `inspect`, `profile` and `benchmark` print of networks with `--json`. */
import type { LayerProfile, Profile } from "../compile/profile.ts";
import type { FeatureShape } from "../graph/ir.ts";
import type { BlockRow } from "../graph/profile-by-block.ts";
import type { Inspection } from "../inspect/inspection.ts";
import type { FailedModel } from "./hub.ts";
import type { WithAssumptions } from "./pictures.ts";

/** What is known of a model and its files. What is not known is absent. */
export interface InspectedModel extends Inspection {
  readonly schemaVersion: 1;
}

/** What `mobilenetv2 inspect --json` prints: of one model an object, of several a list. */
export type InspectOutput = InspectedModel | readonly (InspectedModel | FailedModel<1>)[];

/** What `mobilenetv2 profile --json` prints. */
export interface ProfileOutput extends Profile, WithAssumptions {
  readonly schemaVersion: 1;
}

/** A network of several, or one that is told block by block. */
export interface ProfiledNetwork {
  readonly model: string;
  /** Width multiplier α, where that is known. */
  readonly width?: number;
  /** Of the input. */
  readonly resolution: readonly [rows: number, columns: number];
  /** Trainable parameters, batch norm's γ and β included. */
  readonly parameters: number;
  /** Those of convolutions and dense layers alone, as the published checkpoint table counts them. */
  readonly weightParameters: number;
  readonly multiplyAdds: number;
  /** Bytes that a run on one thread holds beside its weights, the input included. */
  readonly peakActivationBytes: { readonly fused: number; readonly unfused: number };
  /** By layer. */
  readonly layers?: readonly LayerProfile[];
  /**
   * By block: whether the graph says which its blocks are (`stated`), its nodes show them (`found`), or
   * each layer is a row because it has none (`none`).
   */
  readonly blocks?: "stated" | "found" | "none";
  /** By block. */
  readonly rows?: readonly BlockRow[];
}

/** What `mobilenetv2 profile --json` prints of several networks, or by block or network. */
export interface ProfileTableOutput extends WithAssumptions {
  readonly schemaVersion: 1;
  readonly by: "layer" | "block" | "network";
  readonly networks: readonly ProfiledNetwork[];
}

/** Milliseconds of one run: the median, and how far the machine's disturbances reach. */
export interface Timing {
  readonly medianMs: number;
  readonly p10Ms: number;
  readonly p90Ms: number;
}

/** One operation by itself. */
export interface LayerTiming {
  readonly name: string;
  readonly operation: string;
  readonly outputShape: FeatureShape;
  readonly medianMs: number;
}

/** A measured network. */
export interface Measurement extends Timing {
  readonly precision: "float32" | "int8";
  /** The instructions it runs on: `wasm simd128`. */
  readonly isa: string;
  readonly threads: number;
  /** Pictures a run. */
  readonly batch: number;
  readonly peakActivationBytes: number;
  /** Where asked for. */
  readonly layers?: readonly LayerTiming[];
}

/** Where the time of a picture goes: medians in milliseconds. */
export interface PictureTiming {
  readonly width: number;
  readonly height: number;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly networkMs: number;
  readonly postprocessMs: number;
  /** Of the whole, with what lies between the stages. */
  readonly totalMs: number;
}

/** A picture whose way through the model was timed. */
export interface TimedPicture extends PictureTiming {
  /** As it was named. */
  readonly image: string;
}

/** What `mobilenetv2 benchmark --json` prints. */
export interface BenchmarkOutput extends Measurement, WithAssumptions {
  readonly schemaVersion: 1;
  readonly model: string;
  /** Timed runs. */
  readonly runs: number;
  /** From import to first result; null where it was left out. */
  readonly coldStartMs: number | null;
  /** Where one was named. */
  readonly picture?: TimedPicture;
}
