/** What a name of weights leads to: addresses of files, and what belongs to the weights in them. */
import type { ModelDescription } from "../formats/request.ts";

/** A file of such weights. */
export interface NamedFile {
  /** Below the weights' address; of several the first that is there. */
  readonly paths: readonly string[];
  /** Whether the weights do without it. */
  readonly optional?: boolean | undefined;
  /** How its SHA-256 begins, where its publisher says so. */
  readonly sha256Prefix?: string | undefined;
}

/** Weights that a name means. */
export interface PublishedWeights {
  /** As a user types it. */
  readonly name: string;
  /** The state of the files: a revision, or what the publisher calls it. */
  readonly version: string;
  /** A file's address is this, with its slash at the end, and the file's path. */
  readonly baseUrl: string;
  readonly files: readonly NamedFile[];
  /** What belongs to the weights, where their files do not say it. */
  readonly describe?: (() => Promise<Omit<ModelDescription, "name">>) | undefined;
}

/** What a row makes of the part of a name behind its colon; nothing where that is no name of it. */
export type ParseName = (rest: string, base: string) => Omit<PublishedWeights, "name"> | undefined;
