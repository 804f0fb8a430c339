/** What the page asks of its engine, which lives in a worker. Everything crosses as plain values. */
import type { ClassPrediction, Detections, SegmentedClass } from "mobilenetv2";

/** What is done with a picture. */
export type Verb = "classify" | "detect" | "segment" | "embed";

/** A model that this page can load. */
export interface ModelChoice {
  readonly name: string;
  /** What it was trained for; absent where its host does not say. */
  readonly task?: Exclude<Verb, "embed"> | undefined;
  /** Bytes to download; 0 for a model of this browser's own. */
  readonly bytes: number;
}

/** A model that is ready. */
export interface OpenedModel {
  readonly name: string;
  readonly labels: readonly string[];
  /** How it runs: backend, instruction set, threads. */
  readonly description: string;
  readonly threshold?: number | undefined;
}

/** What a model answered, and how long it took, the decoding included. */
export interface Answer<Result> {
  readonly result: Result;
  readonly milliseconds: number;
  /** The picture with what was found drawn on it. */
  readonly drawing?: ImageBitmap | undefined;
}

/** The plain part of a segmentation. */
export interface FoundClasses {
  readonly width: number;
  readonly height: number;
  /** With the share of the picture that each has, 0 to 1; the largest first. */
  readonly classes: readonly (Pick<SegmentedClass, "label" | "index"> & {
    readonly share: number;
  })[];
}

/** A file or a frame of the camera. */
export type Picture = Blob | ImageBitmap;

/** Bytes that came, and of how many. */
export type OnLoaded = (loaded: number, total: number | undefined) => void;

/** Pictures looked at by models. */
export interface VisionApi {
  models(): Promise<readonly ModelChoice[]>;
  /** Loads a model unless it is there already; another of the same verb goes. */
  open(verb: Verb, name: string, onLoaded: OnLoaded): Promise<OpenedModel>;
  classify(picture: Picture, topK: number): Promise<Answer<readonly ClassPrediction[]>>;
  detect(picture: Picture, scoreThreshold: number): Promise<Answer<Detections>>;
  /** @param again - Whether the picture is that of the last answer: it is painted anew, and not looked at. */
  segment(picture: Picture, opacity: number, again: boolean): Promise<Answer<FoundClasses>>;
  embed(picture: Picture): Promise<Answer<Float32Array>>;
}

/** A failure as it crosses: what to say, and a code to tell by. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}
