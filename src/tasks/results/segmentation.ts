/** What segmentation gives: a class for each pixel, and the classes that there are. */
import type { Rectangle } from "../../image/image.ts";

/** A class that has pixels in a picture. */
export interface SegmentedClass {
  readonly label: string;
  /** The class's value in the class map. */
  readonly index: number;
  readonly pixels: number;
  /** Its share of the map, or of the region, above 0 and up to 1. */
  readonly fraction: number;
  /** The mean probability of the class over its own pixels, 0 to 1. */
  readonly score: number;
}

/** The classes of a picture's pixels. */
export interface Segmentation {
  /** The map's size: the picture's, or with `mapSize: "network"` that of what the network saw of it. */
  readonly width: number;
  readonly height: number;
  /** `height × width`, row by row: the class of each pixel. */
  readonly classMap: Uint8Array;
  /** The classes that have pixels, the largest first. */
  readonly classes: SegmentedClass[];
  /** `height × width`: the probability of each pixel's class; where asked for. */
  readonly scoreMap?: Float32Array;
  /** `height × width`: the probability that a pixel is of the `foreground` asked for, 0 to 1. */
  readonly foregroundMap?: Float32Array;
  /**
   * With `mapSize: "network"`: the part of the picture that the map covers; with `region`: the part that
   * was looked at. In the picture's pixels.
   */
  readonly area?: Rectangle;
}
