/**
 * A drawing before anything is painted: where the picture lies on it, at what scale, and the frames,
 * plates and legend around it. Layouts make drawings, painters walk them.
 */
import type { Color, Rectangle } from "../image.ts";
import type { Legend } from "./legend.ts";
import type { Line } from "./place-plates.ts";

/** A box's outline. */
export interface BoxFrame {
  /** The middle of the line. */
  readonly outline: Rectangle;
  readonly color: Color;
  readonly line: number;
}

/** A text on its class's colour. */
export interface Plate {
  readonly place: Rectangle;
  readonly text: string;
  readonly color: Color;
  readonly font: number;
  readonly leader: Line | undefined;
}

/** What is to be painted, in pixels of the drawing; the picture's upper left corner is 0, 0. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** How many times its size the picture is drawn. */
  readonly scale: number;
  readonly frames: readonly BoxFrame[];
  readonly plates: readonly Plate[];
  readonly legend: Legend | undefined;
  readonly line: number;
}
