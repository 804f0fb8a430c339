/** What teaching asks of the engine: examples, a lesson, and the files of models. */
import type { ModelFiles } from "mobilenetv2";
import type { OnLoaded, Picture } from "./engine-api.ts";

/** What learns: the last layer alone, with the last blocks, or with all of them. */
export type Way = "layer" | "blocks" | "all";

/** A class by its pictures. */
export interface ClassPictures {
  readonly name: string;
  readonly examples: readonly Blob[];
}

/** What an archive of pictures held. */
export interface OpenedPictures {
  readonly classes: readonly ClassPictures[];
  /** Pictures that could not be read. */
  readonly leftOut: number;
}

/** What is learnt, and how. */
export interface Lesson {
  /** The model of the page's host to start from. */
  readonly base: string;
  readonly way: Way;
  /** Whether a mirrored picture shows the same. */
  readonly mirrored: boolean;
  readonly classes: readonly ClassPictures[];
}

/** One of so many examples of each class is held back to test on, where every class has as many. */
export const heldOf = 5;

/** An epoch of a lesson. */
export interface EpochPoint {
  readonly loss: number;
  /** Of the pictures that it is judged by, 0 to 1. */
  readonly accuracy: number;
}

/** How far a lesson is. */
export interface LessonProgress {
  /** Bytes of the model to start from come first, then all is prepared, then epochs go by. */
  readonly stage: "loading" | "preparing" | "training";
  /** 0 to 1; undefined where nobody knows. */
  readonly share?: number | undefined;
  readonly secondsLeft?: number | undefined;
  readonly epochs: readonly EpochPoint[];
  /** How many epochs there will be. */
  readonly of: number;
}

/** How well a class is known. */
export interface ClassReport {
  readonly name: string;
  /** Pictures that it was judged by, and those of them that were right. */
  readonly pictures: number;
  readonly right: number;
}

/** What came of a lesson. */
export interface LessonReport {
  readonly base: string;
  readonly way: Way;
  /** Pictures that were trained on. */
  readonly trained: number;
  /** Pictures that were held back to test on; with none, all was judged by those that it was trained on. */
  readonly held: number;
  readonly classes: readonly ClassReport[];
  readonly epochs: readonly EpochPoint[];
  /** The epoch whose weights are kept, from 1 on. */
  readonly best: number;
  /** Examples that could not be read. */
  readonly skipped: number;
}

/** A model that was taught: the library's own files, and how it came to be. */
export interface Taught {
  readonly files: ModelFiles;
  readonly report: LessonReport;
}

/** Files that a model can be saved as. */
export type ModelFormat = "zip" | "tflite" | "tflite-int8";

/** A file, and for 8 bits how often they choose as the model itself does. */
export interface SavedModel {
  readonly file: Blob;
  readonly agreement?: { readonly same: number; readonly of: number } | undefined;
}

/** Models made in this browser. */
export interface TeachApi {
  /** A picture as an example: a small JPEG. */
  example(picture: Picture): Promise<Blob>;
  /** Pictures as a zip, a folder for each class. */
  savePictures(classes: readonly ClassPictures[]): Promise<Blob>;
  /** Pictures of a zip, of the classes that their folders are named after. */
  openPictures(archive: Blob, onLoaded: OnLoaded): Promise<OpenedPictures>;
  /** One lesson at a time. */
  teach(lesson: Lesson, onProgress: (progress: LessonProgress) => void): Promise<Taught>;
  /** Ends the lesson that goes on, if there is one; `teach` fails with the code `aborted`. */
  stopTeaching(): Promise<void>;
  /** The class names of a classifier that lies in files. */
  readModel(files: ModelFiles): Promise<readonly string[]>;
  /** Lists a model of this browser's own, or forgets it. */
  listModel(name: string, files: ModelFiles | undefined): Promise<void>;
  /** @param examples - Pictures of the kind that it will see, from which ranges of 8 bits are taken. */
  saveModel(
    files: ModelFiles,
    format: ModelFormat,
    examples: readonly Blob[],
    onLoaded: OnLoaded,
  ): Promise<SavedModel>;
}
