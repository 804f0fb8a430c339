/** What is known of a picture, for each task: its class or classes, its objects, the class of every pixel. */
import type { Rectangle } from "../image/image.ts";

/** A picture of a dataset; it is read when its turn comes. */
export interface Sample<Input> {
  /** How messages name it, say its path. */
  readonly name: string;
  /** Of its file, where it is one. */
  readonly path?: string | undefined;
  /** What the model's verb takes: pixels or bytes. Decoding done here is not the model's time. */
  read(): Input | Promise<Input>;
}

/** A picture whose class is known. */
export interface ClassifiedSample<Input> extends Sample<Input> {
  /** The index of its class in the model's labels. */
  readonly classIndex: number;
}

/** A picture whose classes are known, of which it may have several or none. */
export interface MultiLabelSample<Input> extends Sample<Input> {
  /** The indices of its classes in the model's labels. */
  readonly classIndices: readonly number[];
}

/** A picture whose objects are known. */
export interface DetectedSample<Input> extends Sample<Input> {
  readonly objects: readonly TrueObject[];
}

/** What reads a mask when its turn comes: the label of a picture that a segmenter learns. */
export interface MaskLabel {
  /** Of the picture's size, with the indices of the classes. */
  readMask(): ClassMask | Promise<ClassMask>;
}

/** A picture whose pixels' classes are known, by the indices of the model's labels. */
export interface SegmentedSample<Input> extends Sample<Input>, MaskLabel {}

/** An object that is in a picture. */
export interface TrueObject {
  /** Of the model's classes. */
  readonly classIndex: number;
  /** In pixels of the picture. */
  readonly box: Rectangle;
  /** In square pixels; COCO gives that of the object's mask. The box's unless given. */
  readonly area?: number | undefined;
  /** Many objects under one box: detections inside are neither right nor wrong. */
  readonly crowd?: boolean | undefined;
  /** Hard to make out, as PASCAL VOC marks it: no miss where it is not found, and not wrong where it is. */
  readonly difficult?: boolean | undefined;
}

/** The class of every pixel of a picture; 255 where none is given. */
export interface ClassMask {
  readonly width: number;
  readonly height: number;
  /** `height × width`, row by row. */
  readonly classMap: Uint8Array;
}

/** The value of pixels that are not judged: VOC's void, around objects and for what is too hard. */
export const voidClass = 255;
