/**
 * How 8-bit values are stored, and which kernels read them: as 16-bit differences (words.ts) or as
 * bytes (bytes.ts). Everything else about a step is the same for both.
 */
import type { Quantization } from "../../../graph/ir.ts";
import type { ModuleCompiler } from "../module.ts";
import type { RecordTable, WindowGeometry } from "../record.ts";
import type { LayerStrides, PackOptions } from "./pack.ts";
import type { Records } from "./records.generated.ts";
import type { Storage } from "./storage.ts";

/** One way of storing values, with its kernels. */
export interface Variant extends Storage {
  /** For descriptions. */
  readonly engine: string;
  /** Whether a block's filtered pixels lie one after the other, not in panels. */
  readonly denseRows: boolean;
  /** The 8-bit value that is stored as 0. */
  baseOf(quantization: Quantization): number;
  readonly compile: ModuleCompiler;
  /** The fields of the kernels' records. Their Layer and their Depthwise are their own. */
  readonly records: RecordTable;
  layerFields(options: PackOptions, strides: LayerStrides): Records["Layer"];
  depthwiseFields(options: PackOptions, where: DepthwiseOptions): DepthwiseFields;
}

/** A Depthwise but for what depends on the dilation. */
export type DepthwiseFields = Omit<
  Records["Depthwise"],
  "columnStep" | "phases" | "inputShift" | "outputShift" | "next"
>;

/** Where a depthwise convolution's values lie, in bytes. */
export interface DepthwiseStrides {
  readonly inputPixel: number;
  readonly inputPanel: number;
  readonly inputRow: number;
  readonly ringRows: number;
  readonly outputPixel: number;
  readonly outputPanel: number;
}

/** What a depthwise convolution's record holds beside its parameters. */
export interface DepthwiseOptions {
  readonly strides: DepthwiseStrides;
  readonly windowed: boolean;
  readonly geometry: WindowGeometry;
  readonly channels: number;
  readonly outputColumns: number;
  /** The address of a row of zero points. */
  readonly zeros: number;
}
