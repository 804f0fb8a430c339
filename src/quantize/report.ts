/** What a quantisation was and what it cost, as a plain object that survives JSON. */

import type { Task } from "../models/model.ts";
import type { WeightScales } from "./affine.ts";
import type { FileEnds } from "./file-ends.ts";
import type { Calibration } from "./observe.ts";
import type { SkippedPicture } from "./pictures.ts";

/** One feature map: its 8 bits, and how much of the float value is left in them. */
export interface QuantizedLayer {
  readonly name: string;
  readonly operation: string;
  readonly scale: number;
  readonly zeroPoint: number;
  /**
   * Signal to noise in dB, `10 · log10(Σ x² / Σ (x − x̃)²)` over all pictures, of the float network's
   * value x and the 8-bit network's x̃, which carries the errors of all layers before it. Null where
   * there is no error at all.
   */
  readonly signalToNoise: number | null;
}

/** How often both networks choose the same class. */
export interface Agreement {
  /** `top-1`: a picture's first class; `pixels`: of pictures at their own size; `anchors`: of a detector. */
  readonly measure: "top-1" | "pixels" | "anchors";
  /** 0 to 1. */
  readonly fraction: number;
  /** How many choices were compared. */
  readonly count: number;
  /** For `pixels`: intersection over union with the float network's, a mean over the classes. */
  readonly meanIou?: number;
}

/** The report of a quantisation. */
export interface QuantizationReport {
  readonly model: string;
  readonly task: Task;
  readonly settings: {
    readonly calibration: Calibration;
    readonly percentile?: number;
    readonly weights: WeightScales;
    readonly biasCorrection: boolean;
    readonly equalize: boolean;
    readonly io: FileEnds;
  };
  /** Pictures that ranges were taken from. */
  readonly calibrationImages: number;
  /** Pictures that the figures below are over, and whether calibration had seen them. */
  readonly evaluation: { readonly images: number; readonly heldOut: boolean };
  /** Pictures that could not be read and were left out; absent where there were none. */
  readonly skipped?: readonly SkippedPicture[];
  readonly agreement: Agreement;
  readonly layers: QuantizedLayer[];
  /** Channels that equalisation could scale, and did. */
  readonly equalization?: { readonly channels: number; readonly scaled: number };
  /** The float32 weights, and the file. */
  readonly bytes: { readonly before: number; readonly after: number };
  readonly seconds: { readonly calibration: number; readonly evaluation: number };
}
