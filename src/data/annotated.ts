/**
 * What people's annotations become, whatever the format: pictures with their objects, or with a mask, in
 * the parts that a data set is divided into. Everything is plain, so that workers can be sent it.
 */
import type { Color, Rectangle } from "../image/image.ts";
import type { SkippedAnnotations } from "./bad-annotations.ts";
import type { TrueObject } from "./samples.ts";

/** The parts of a data set; `whole` is that of one which nobody has divided. */
export type DataPart = "training" | "validation" | "test" | "whole";

/** The pictures of each part that there is, in order of path or of the data set's own list. */
export type DataParts<Picture> = { readonly [Part in DataPart]?: readonly Picture[] };

/** A picture's file. */
export interface AnnotatedPicture {
  /** The path below the data set's folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  /** In pixels, as the decoded picture has them: EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/** An object that somebody has annotated. */
export interface AnnotatedObject extends Required<TrueObject> {
  /** Of the data's classes, until they are matched with a model's. */
  readonly classIndex: number;
  /** In pixels of the picture, and inside it. */
  readonly box: Rectangle;
}

/** A picture with its objects; a picture without any is a negative. */
export interface DetectionPicture extends AnnotatedPicture {
  readonly objects: readonly AnnotatedObject[];
}

/** A picture with the file of its mask. */
export interface MaskPicture extends AnnotatedPicture {
  /** A picture of the same size, of which each pixel says its class. */
  readonly maskPath: string;
}

/** A data set of annotated pictures. */
export interface AnnotatedData<Picture extends AnnotatedPicture> {
  /** The folder. */
  readonly name: string;
  readonly parts: DataParts<Picture>;
  /** What was left out, where that was asked for. */
  readonly skipped: SkippedAnnotations;
}

/** Pictures with boxes around their objects. */
export interface DetectionData extends AnnotatedData<DetectionPicture> {
  readonly format: DetectionFormatName;
  /** As the data set lists them; in order of name where it has no list. */
  readonly classes: readonly string[];
}

/** Pictures with masks. */
export interface MaskData extends AnnotatedData<MaskPicture> {
  readonly format: MaskFormatName;
  /** By the masks' values; absent where neither the data set nor the caller names them. */
  readonly classes: readonly string[] | undefined;
  /** The values of pixels that do not count. */
  readonly voidValues: readonly number[];
  /** The colour of each class, where the data set has a list of them; undefined for one without. */
  readonly colors?: readonly (Color | undefined)[] | undefined;
}

/** The names of formats of boxes. */
export type DetectionFormatName =
  | "voc"
  | "coco"
  | "yolo"
  | "labelme"
  | "createml"
  | "cvat"
  | "supervisely";

/** The names of layouts of masks. */
export type MaskFormatName = "voc" | "folders" | "camvid" | "suffix";

/** Each of them, for options and messages. */
export const detectionFormatNames: readonly DetectionFormatName[] = [
  "voc",
  "coco",
  "yolo",
  "labelme",
  "createml",
  "cvat",
  "supervisely",
];
export const maskFormatNames: readonly MaskFormatName[] = ["voc", "folders", "camvid", "suffix"];
