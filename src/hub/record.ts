/**
 * What the hub knows about a set of published weights. A record carries everything that belongs to
 * the weights (architecture, preprocessing, labels, ε, padding, thresholds), because each of these is
 * wrong for any other weights, and the hashes that tell whether the bytes are the published ones.
 */
import type { ModelDescription } from "../formats/request.ts";

/** One file of a record. */
export interface HubFile {
  /** Inside the package or below the source's address, with forward slashes. */
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

/** Files at fixed addresses of the web, such as a commit's. */
export interface UrlSource {
  readonly kind: "url";
  /** The state of the files, such as a commit; part of `baseUrl`. */
  readonly version: string;
  /** A file's address is this, with its slash at the end, and the file's path. */
  readonly baseUrl: string;
  readonly files: readonly HubFile[];
}

/** Files that this package itself carries: in Node they are on the disk already. */
export interface ShippedSource {
  readonly kind: "shipped";
  /** Where npm mirrors have the files, for browsers: this package, in a version that has them. */
  readonly package: string;
  readonly version: string;
  /** Of the package: the files' paths start there. */
  readonly folder: string;
  readonly files: readonly HubFile[];
}

/** A figure that somebody published about the weights. */
export interface PublishedMetric {
  readonly name: string;
  readonly value: number;
  readonly dataset: string;
  /** Who says so. */
  readonly source: string;
}

/** Labels that are published with the weights: one a line, line i names output i. */
export interface LabelFile {
  /** One of the record's files, by its path. */
  readonly file: string;
}

interface RecordBase extends Omit<ModelDescription, "labels"> {
  /** One line for people. */
  readonly title: string;
  /** Index i names output i; a detector's leave out the background. */
  readonly labels: readonly string[] | LabelFile;
  /** SPDX identifier. */
  readonly licence: string;
  readonly homepage: string;
  readonly metrics: readonly PublishedMetric[];
}

/** A record whose files are in an npm package. */
export interface NpmRecord extends RecordBase {
  readonly source: NpmSource;
}

/** A record whose files are downloaded one by one. */
export interface UrlRecord extends RecordBase {
  readonly source: UrlSource;
}

/** A record whose files are part of this package. */
export interface ShippedRecord extends RecordBase {
  readonly source: ShippedSource;
}

/** A model of the hub. */
export type HubRecord = NpmRecord | UrlRecord | ShippedRecord;

/** Files in an npm package, by name: a model's, or a data set's. */
export interface NpmPublished {
  readonly name: string;
  readonly source: NpmSource;
}

/** Files at addresses of the web, by name. */
export interface UrlPublished {
  readonly name: string;
  readonly source: UrlSource;
}

/** Files of this package, by name. */
export interface ShippedPublished {
  readonly name: string;
  readonly source: ShippedSource;
}

/** What downloading needs to know of a record. */
export type Downloadable = NpmPublished | UrlPublished;

/** What finding its files needs to know of a record. */
export type Published = Downloadable | ShippedPublished;

/** Whether a record's files are part of this package. */
export function isShipped(record: Published): record is ShippedPublished {
  return record.source.kind === "shipped";
}

/** Whether a record's files are in an npm package. */
export function isNpmRecord(record: Published): record is NpmPublished {
  return record.source.kind === "npm";
}

/** The address of a record's file. */
export function addressOfFile({ source }: UrlPublished, file: HubFile): URL {
  return new URL(source.baseUrl + file.path);
}

/** Bytes that a download takes in Node. */
export function downloadBytes(record: Published): number {
  if (isShipped(record)) return 0;
  return isNpmRecord(record) ? record.source.tarballBytes : recordBytes(record);
}

/** Bytes of a record's files once unpacked. */
export function recordBytes(record: Published): number {
  return record.source.files.reduce((total, { bytes }) => total + bytes, 0);
}
