/**
 * What a format is: a row of the registry. The row says how files of the format are recognised and
 * what may be said about them; its reader gathers the files that belong to one and makes the model.
 */
import type { Model } from "../models/model.ts";
import type { UnparsedLabels } from "./labels/unparsed.ts";
import type { ModelOptions } from "./model-options.ts";
import type { FileOutline } from "./outline.ts";
import type { ByteBudget, ReadFile, ReadFileIfThere } from "./reading.ts";
import type { ReadRequest } from "./request.ts";

export type { UnparsedLabels } from "./labels/unparsed.ts";

/** A model's main file, and the way to those beside it. */
export interface MainFile {
  /** `model.json`, say. */
  readonly name: string;
  /** Where it lies, for messages: a path or an address. */
  readonly place: string;
  readonly bytes: Uint8Array;
  /** Reads another file by its path relative to this one. */
  readonly read: ReadFile;
  /** The same where the file need not be there; nothing where it is not. */
  readonly readIfThere: ReadFileIfThere;
  /** The first of some files beside it that is there; nothing where it would have to be asked for. */
  beside(
    names: readonly string[],
    budget: ByteBudget,
    signal: AbortSignal | undefined,
  ): Promise<UnparsedLabels | undefined>;
  /** A file beside it that names the classes, where there is one. */
  readonly labels: UnparsedLabels | undefined;
}

/** A format of model files. */
export interface Format {
  /** What a model of this format is called: `a TensorFlow Lite file`. */
  readonly name: string;
  /** How its main file's name ends, in lower case: `.tflite`. */
  readonly endings: readonly string[];
  /** What its main file is called among others, the usual name first, where an ending says too little. */
  readonly nameInFolder?: readonly string[];
  /** Files that belong to it, or that its writer leaves beside it, though their names are main files' too. */
  readonly companions?: readonly string[];
  /** Whether a main file that begins with these bytes is of this format. */
  matches(head: Uint8Array): boolean;
  /** What a caller may say about such a model, because its files do not. */
  readonly options: readonly (keyof ModelOptions)[];
  /** Imports the reader, so that pages download it only where such a model comes. */
  load(): Promise<ReadModel>;
  /** Imports what tells of a file without reading it as a model, where the format has operations. */
  outline?(): Promise<OutlineFile>;
}

/**
 * The model in such files: gathers what belongs to the main file, within budgets, and makes network,
 * preprocessing, labels and task of it.
 */
export type ReadModel = (main: MainFile, request: ReadRequest) => Promise<Model>;

/**
 * The outline of a main file.
 *
 * @throws MobileNetError `invalid-model` where it is damaged.
 */
export type OutlineFile = (main: MainFile) => Promise<FileOutline>;
