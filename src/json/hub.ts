/** What the actions of `models` print with `--json`: a list with an item for each model. */
import type { HubFile, PublishedMetric } from "../hub/record.ts";
import type { Task } from "../models/model.ts";

/** A model with which the action failed; the exit code is 1 then. */
export interface FailedModel<Version extends number> {
  readonly schemaVersion: Version;
  readonly name: string;
  /** Why, in one line. */
  readonly error: string;
}

/** A model of the hub. */
export interface ListedModel {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly title: string;
  readonly task: Task;
  /** The width multiplier. */
  readonly width: number;
  /** Rows and columns of the input, one number where they are equal. */
  readonly resolution: number | readonly [rows: number, columns: number];
  readonly classes: number;
  /** The classes' names, or which of the files has them. */
  readonly labels: readonly string[] | { readonly file: string };
  /** An SPDX identifier. */
  readonly licence: string;
  readonly homepage: string;
  readonly metrics: readonly PublishedMetric[];
  readonly source:
    | { readonly url: string; readonly version: string }
    | { readonly package: string; readonly version: string };
  readonly downloadBytes: number;
  /** Of its files. */
  readonly bytes: number;
  /** Whether it is in the cache, or part of the package. */
  readonly cached: boolean;
  /** The folder of `MOBILENETV2_MODELS` that has its files where the cache does not. */
  readonly local?: string;
  /** The folder of its files. */
  readonly path: string;
}

/** Weights by their publisher's name that are on this machine. */
export interface ListedWeights {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly source: { readonly url: string; readonly version: string };
  readonly files: readonly HubFile[];
  /** With what the files' hashes are compared. */
  readonly pinned: string;
  readonly bytes: number;
  readonly cached: true;
  readonly path: string;
}

/** What `mobilenetv2 models list --json` prints. */
export type ModelsListOutput = readonly (ListedModel | ListedWeights)[];

/** A model whose files are here. */
export interface PulledModel {
  readonly schemaVersion: 1;
  readonly name: string;
  /** The folder of its files. */
  readonly path: string;
  /** Their names in the folder. */
  readonly files: readonly string[];
}

/** What `mobilenetv2 models pull --json` prints. */
export type ModelsPullOutput = readonly (PulledModel | FailedModel<1>)[];

/** Whether a model's files are as they were published. */
export interface VerifiedModel {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly intact: boolean;
  /** Files that are missing or others. */
  readonly damaged: readonly string[];
}

/** What `mobilenetv2 models verify --json` prints. */
export type ModelsVerifyOutput = readonly (VerifiedModel | FailedModel<1>)[];

/** Where a model's files are, or will be. */
export interface ModelPath {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly path: string;
}

/** What `mobilenetv2 models path --json` prints. */
export type ModelsPathOutput = readonly (ModelPath | FailedModel<1>)[];

/** Whether a model was in the cache and is no more. */
export interface RemovedModel {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly removed: boolean;
}

/** What `mobilenetv2 models remove --json` prints. */
export type ModelsRemoveOutput = readonly (RemovedModel | FailedModel<1>)[];

/** A file that was written and what tells that it is whole. */
export interface ExportedFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** For `integrity` in a page. */
  readonly integrity: string;
}

/** A model whose files were written. */
export interface ExportedFiles {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly files: readonly ExportedFile[];
}

/** The item of a model with which an action did what it is for, by action. */
export interface ModelItems {
  readonly pull: PulledModel;
  readonly verify: VerifiedModel;
  readonly path: ModelPath;
  readonly remove: RemovedModel;
  readonly export: ExportedFiles;
}

/** What `mobilenetv2 models export --json` prints. */
export type ModelsExportOutput = readonly (ExportedFiles | FailedModel<1>)[];
