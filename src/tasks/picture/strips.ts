/**
 * How a picture passes through the memory of assembly/picture/: tables for the input's columns and rows,
 * the source rows of a strip, and the rows that they become. A strip is as many rows of the input as a
 * quarter of a megabyte of source rows makes, so that the memory does not grow with a picture's height.
 */
import { OwnLayout } from "../../backends/wasm/own-memory.ts";
import { recordWords, wordNames } from "../../backends/wasm/record.ts";
import type { AxisWeights } from "../../image/resize.ts";
import { type Records, records } from "./records.generated.ts";

/** Bytes of source rows that are at hand at a time; two rows at least. */
const stageBytes = 262_144;
/** Bytes of the input that are made at a time; a row at least. */
const madeBytes = 131_072;
/** Bytes that may be read or written past what is meant. */
const slack = 64;

/** A picture's rows on their way. */
export interface StripPlan {
  /** Which pixels the input's columns and rows lie between. */
  readonly columns: AxisWeights;
  readonly rows: AxisWeights;
  /** Bytes of a pixel of the input. */
  readonly pixelBytes: number;
  /** Scales and offsets of red, green and blue. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** What else the kernels have to know. */
  readonly values: Pick<
    Records["Strip"],
    "grey" | "bytes" | "inverse" | "zero" | "least" | "greatest"
  >;
}

/** Where everything lies in the memory. */
export interface StripPlaces {
  readonly strip: number;
  readonly tables: Readonly<
    Record<"left" | "right" | "across" | "upper" | "lower" | "down" | "scales", number>
  >;
  readonly upperAt: number;
  readonly lowerAt: number;
  readonly held: number;
  readonly otherHeld: number;
  readonly mixed: number;
  readonly stage: number;
  readonly output: number;
  readonly end: number;
  /** The part of a source row that is needed, in bytes, and how many such rows there is room for. */
  readonly firstByte: number;
  readonly rowBytes: number;
  readonly stageRows: number;
  /** Rows of the input in a strip, at most. */
  readonly stripRows: number;
}

/** Lays out the memory for a picture. */
export function placeStrips({ columns, rows, pixelBytes }: StripPlan): StripPlaces {
  const [width, height] = [columns.lerp.length, rows.lerp.length];
  const firstByte = columns.lower[0]! * 3;
  const rowBytes = (columns.upper[width - 1]! + 1) * 3 - firstByte;
  const stageRows = Math.max(2, Math.floor(stageBytes / rowBytes));
  const stripRows = Math.min(height, Math.max(1, Math.floor(madeBytes / (width * pixelBytes))));
  const layout = new OwnLayout(slack);
  const place = (bytes: number): number => layout.place(bytes);
  const [column, row] = [width * 4, height * 4];
  return {
    strip: place(wordNames(records, "Strip").length * 4),
    tables: {
      left: place(column),
      right: place(column),
      across: place(column),
      upper: place(row),
      lower: place(row),
      down: place(row),
      scales: place(12 * 8),
    },
    upperAt: place(row),
    lowerAt: place(row),
    held: place(width * 12),
    otherHeld: place(width * 12),
    mixed: place(width * 12),
    stage: place(stageRows * rowBytes),
    output: place(stripRows * width * pixelBytes),
    end: layout.end,
    ...{ firstByte, rowBytes, stageRows, stripRows },
  };
}

/** Writes the tables and the record of a picture. */
export function writeStrips(memory: ArrayBuffer, places: StripPlaces, plan: StripPlan): void {
  const { columns, rows, scale, offset, values } = plan;
  const { tables, firstByte, upperAt, lowerAt, held, otherHeld, mixed, output } = places;
  const byteOf = (column: number): number => column * 3 - firstByte;
  new Int32Array(memory, tables.left, columns.lower.length).set(columns.lower.map(byteOf));
  new Int32Array(memory, tables.right, columns.upper.length).set(columns.upper.map(byteOf));
  new Float32Array(memory, tables.across, columns.lerp.length).set(columns.lerp);
  new Int32Array(memory, tables.upper, rows.lower.length).set(rows.lower);
  new Int32Array(memory, tables.lower, rows.upper.length).set(rows.upper);
  new Float32Array(memory, tables.down, rows.lerp.length).set(rows.lerp);
  const scales = new Float64Array(memory, tables.scales, 12);
  scales.set([...scale, ...scale, ...offset, ...offset]);
  const record: Records["Strip"] = {
    ...{ columns: columns.lerp.length, rows: 0, heldRow: -1, otherHeldRow: -1 },
    ...{ ...tables, upperAt, lowerAt, held, otherHeld, mixed, output },
    ...values,
  };
  const words = recordWords(records, "Strip", record);
  new Int32Array(memory, places.strip, words.length).set(words);
}

/** Source rows in the memory, each copied when it is first asked for. */
export class StagedRows {
  readonly #places: StripPlaces;
  readonly #copy: (row: number, address: number) => void;
  #count = 0;
  /** The two rows that came last; lines ask for those in order. */
  readonly #newest: [row: number, other: number] = [-1, -1];

  constructor(places: StripPlaces, copy: (row: number, address: number) => void) {
    this.#places = places;
    this.#copy = copy;
  }

  /** Whether another two rows can be asked for. */
  get hasRoom(): boolean {
    return this.#count + 2 <= this.#places.stageRows;
  }

  /** Where a row lies. */
  at(row: number): number {
    const { stage, rowBytes } = this.#places;
    const back = this.#newest.indexOf(row);
    if (back < 0) {
      this.#copy(row, stage + this.#count * rowBytes);
      this.#newest[1] = this.#newest[0];
      this.#newest[0] = row;
      this.#count++;
    }
    return stage + (this.#count - 1 - Math.max(back, 0)) * rowBytes;
  }
}
