/**
 * The classes of a picture's pixels by WebAssembly: what `segmentLogits` gives, bit for bit. The kernels
 * have a small memory of their own; the rows of logits at hand go in, some rows of the picture come out.
 */
import { moduleCompiler } from "../../backends/wasm/module.ts";
import { OwnLayout, OwnMemory } from "../../backends/wasm/own-memory.ts";
import { recordWords, wordNames, writeFields } from "../../backends/wasm/record.ts";
import {
  type Cell,
  cellsOf,
  checkLogits,
  type LogitMap,
  type LogitPositions,
  type RoundedChoice,
  type SegmentationSettings,
  type SegmentedPixels,
  segmentLogits,
} from "../segmentation.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";
import { type Records, records } from "./records.generated.ts";

const compileKernels = /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt);

/** More than this, as for a picture a million pixels wide, is not worth it. */
const mostBytes = 2 ** 22;
/** Bytes of the result that are made at a time; a row at least. */
const madeBytes = 262_144;
/** Bytes that may be read or written before and past what is meant. */
const slack = 64;

/** Where everything lies in the memory. */
type Places = Readonly<Record<Address | "record" | "end" | "stripRows", number>>;

/** Fields that are addresses. */
type Address = Exclude<
  keyof Records["Rows"],
  "classes" | "columns" | "width" | "cells" | "firstRow" | "rows" | "probabilities"
>;

/** The kernels over their memory. */
export class ClassMapKernels {
  readonly #memory = new OwnMemory();
  readonly #run: (rows: number) => void;
  #choice: RoundedChoice | undefined;

  /** @throws MobileNetError `unsupported` where the host has no WebAssembly, or not with SIMD. */
  static async load(): Promise<ClassMapKernels> {
    return new ClassMapKernels(await compileKernels(false));
  }

  private constructor(module: WebAssembly.Module) {
    const winner = (row: number, column: number): number => this.#choice?.winner(row, column) ?? 0;
    const imports = { env: { memory: this.#memory.memory }, choice: { winner } };
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#run = (exports as { run: (rows: number) => void }).run;
  }

  /** Bytes of memory; as many as the widest picture so far has needed. */
  get bytes(): number {
    return this.#memory.bytes;
  }

  /**
   * Assigns every pixel its most likely class, as `segmentLogits` does.
   *
   * @throws MobileNetError as `segmentLogits` does.
   */
  segment(
    logits: LogitMap,
    positions: LogitPositions,
    settings: SegmentationSettings = {},
  ): SegmentedPixels {
    checkLogits(logits);
    const { scoreMap = false, choice } = settings;
    const [height, width] = [positions.rows.length, positions.columns.length];
    const cells = cellsOf(positions.columns, logits.columns);
    const places = placeRows(logits, { width, height, cells: cells.length, scoreMap });
    if (places.end > mostBytes) return segmentLogits(logits, positions, settings);
    const memory = this.#memory.reserve(places.end);
    writeRows(memory, places, { logits, cells, width, settings });
    const result = {
      classMap: new Uint8Array(height * width),
      scoreMap: scoreMap ? new Float32Array(height * width) : undefined,
    };
    this.#choice = choice;
    try {
      for (let row = 0; row < height; )
        row += this.#runStrip(row, { places, logits, positions, result });
    } finally {
      this.#choice = undefined;
    }
    const pixels = new Uint32Array(memory, places.pixels, logits.classes).slice();
    const scores = new Float64Array(memory, places.scores, logits.classes).slice();
    for (const [index, count] of pixels.entries()) if (count > 0) scores[index]! /= count;
    return { ...result, pixels, scores };
  }

  /** Makes some rows from `firstRow` on, all between the same rows of logits; gives how many. */
  #runStrip(firstRow: number, { places, logits, positions, result }: Work): number {
    const memory = this.#memory.memory.buffer;
    const { data, columns, classes } = logits;
    const width = positions.columns.length;
    const above = rowOf(positions.rows[firstRow]!, logits);
    const fractions = new Float64Array(memory, places.fractions, places.stripRows);
    let rows = 0;
    while (rows < places.stripRows && firstRow + rows < positions.rows.length) {
      const position = positions.rows[firstRow + rows]!;
      if (rowOf(position, logits) !== above) break;
      fractions[rows++] = position - above;
    }
    const length = columns * classes;
    const below = Math.min(above + 1, logits.rows - 1);
    for (const [address, row] of [[places.top, above] as const, [places.bottom, below] as const]) {
      const line = data.subarray(row * length, (row + 1) * length);
      new Float32Array(memory, address, length).set(line);
    }
    writeFields(memory, records, "Rows", places.record, { firstRow, rows });
    this.#run(places.record);
    const [at, made] = [firstRow * width, rows * width];
    result.classMap.set(new Uint8Array(memory, places.classMap, made), at);
    result.scoreMap?.set(new Float32Array(memory, places.scoreMap, made), at);
    return rows;
  }
}

/** A picture on its way. */
interface Work {
  readonly places: Places;
  readonly logits: LogitMap;
  readonly positions: LogitPositions;
  readonly result: Pick<SegmentedPixels, "classMap" | "scoreMap">;
}

/** The row of logits above a position. */
function rowOf(position: number, { rows }: LogitMap): number {
  return Math.min(Math.floor(position), rows - 1);
}

/** Lays out the memory for a picture. */
function placeRows(
  { columns, classes }: LogitMap,
  size: {
    readonly width: number;
    readonly height: number;
    readonly cells: number;
    readonly scoreMap: boolean;
  },
): Places {
  const { width, height, cells, scoreMap } = size;
  const rowBytes = width * (scoreMap ? 5 : 1);
  const stripRows = Math.min(height, Math.max(1, Math.floor(madeBytes / rowBytes)));
  const layout = new OwnLayout(slack);
  const place = (bytes: number): number => layout.place(bytes);
  const logits = columns * classes * 4;
  return {
    record: place(wordNames(records, "Rows").length * 4),
    top: place(logits),
    bottom: place(logits),
    line: place(logits),
    winners: place(columns * 4),
    starts: place((cells + 1) * 4),
    leftColumns: place(cells * 4),
    rightColumns: place(cells * 4),
    firsts: place(cells * 8),
    steps: place(cells * 8),
    fractions: place(stripRows * 8),
    lead: place(8),
    pixel: place(classes * 4),
    sums: place(width * 8),
    classMap: place(stripRows * width),
    scoreMap: scoreMap ? place(stripRows * width * 4) : 0,
    pixels: place(classes * 4),
    scores: place(classes * 8),
    end: layout.end,
    stripRows,
  };
}

/** Writes what stays the same for all rows of a picture. */
function writeRows(
  memory: ArrayBuffer,
  places: Places,
  picture: {
    readonly logits: LogitMap;
    readonly cells: readonly Cell[];
    readonly width: number;
    readonly settings: SegmentationSettings;
  },
): void {
  const { logits, cells, width, settings } = picture;
  const { columns, classes } = logits;
  const right = (column: number): number => Math.min(column + 1, columns - 1);
  const integers = (address: number, values: readonly number[]): void =>
    new Int32Array(memory, address, values.length).set(values);
  const doubles = (address: number, values: readonly number[]): void =>
    new Float64Array(memory, address, values.length).set(values);
  integers(places.starts, [...cells.map(({ from }) => from), width]);
  integers(
    places.leftColumns,
    cells.map(({ column }) => column),
  );
  integers(
    places.rightColumns,
    cells.map(({ column }) => right(column)),
  );
  doubles(
    places.firsts,
    cells.map(({ first }) => first),
  );
  doubles(
    places.steps,
    cells.map(({ step }) => step),
  );
  doubles(places.lead, [settings.choice?.lead ?? 0]);
  new Int32Array(memory, places.pixels, classes).fill(0);
  new Float64Array(memory, places.scores, classes).fill(0);
  const { record, end: _, stripRows: __, ...addresses } = places;
  const words = recordWords(records, "Rows", {
    ...{ classes, columns, width, cells: cells.length, firstRow: 0, rows: 0 },
    probabilities: settings.probabilities === true ? 1 : 0,
    ...addresses,
  } satisfies Records["Rows"]);
  new Int32Array(memory, record, words.length).set(words);
}
