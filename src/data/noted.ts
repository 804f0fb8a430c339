/** What the parsers of all formats give, before anything of it was held against the pictures. */
import type { ImageSize, Rectangle } from "../image/image.ts";
import type { DataParts } from "./annotated.ts";

/** The longest edge or position that is believed. */
export const largestEdge: number = 2 ** 40;

/** An object as its file has it. */
export interface NotedObject {
  /** File, line or number, for messages. */
  readonly place: string;
  /** The class's name, or its index where the data set lists the names elsewhere. */
  readonly class: string | number;
  /** In pixels, or in shares of the picture's edges. */
  readonly box: Rectangle;
  readonly relative?: true;
  /** In square pixels, where the file says more than the box. */
  readonly area?: number;
  readonly crowd: boolean;
  readonly difficult: boolean;
}

/** A picture as its file of annotations has it. */
export interface NotedPicture {
  /** Below the data set's folder, with forward slashes. */
  readonly name: string;
  /** Where messages find it: the file of annotations. */
  readonly place: string;
  /** As the annotations state it. */
  readonly size: ImageSize | undefined;
  readonly objects: readonly NotedObject[];
}

/** A data set as its files have it. */
export interface NotedData {
  /** The classes that the data set lists; those that occur where it has no list. */
  readonly classes: readonly string[] | undefined;
  readonly parts: DataParts<NotedPicture>;
}
