/**
 * Weights in the kernels' layout. Outputs are cut into panels of 8, and within a panel the weights
 * of one input after the other lie in the order in which a tile reads them; what a last panel lacks
 * is zero, so that the lanes past the channels of a feature map stay zero. A kernel does the cutting,
 * and multiplies by what batch norms left: in JavaScript, millions of values would be walked by code
 * that the optimising compiler has not seen yet.
 */
import { align } from "../../compile/place-intervals.ts";
import type { TensorData } from "../../tensor.ts";
import type { Kernels } from "./module.ts";

/** Outputs in one panel of weights. */
export const panelWidth = 8;

/** Bytes of one row of a panel. */
const panelRowBytes = panelWidth * 4;

/** Bytes of weights that are packed at a time: they stay in the first cache meanwhile. */
const pieceBytes = 16 * 1024;

/** Where small tables of values go once there is memory for them. */
interface Placement {
  readonly address: number;
  write(target: Float32Array): void;
  readonly count: number;
}

/** `[rows][outputs]`, row by row, each output times its factor where there are factors. */
export interface PanelWeights {
  readonly data: TensorData;
  readonly factors?: Float64Array | undefined;
}

interface PanelPlacement {
  readonly address: number;
  readonly weights: PanelWeights;
  readonly depth: number;
  readonly outputs: number;
}

/** Collects packed parameters and gives each its address. */
export class ParameterMemory {
  readonly #placements: Placement[] = [];
  readonly #panels: PanelPlacement[] = [];
  #end: number;
  #workBytes = 0;

  constructor(start: number) {
    this.#end = start;
  }

  /** The first byte after the parameters. */
  get end(): number {
    return this.#end;
  }

  /** Memory that writing needs besides, for as long as it takes. */
  get workBytes(): number {
    return this.#workBytes;
  }

  /** Reserves `count` float32 values, to be written later; gives their address. */
  place(count: number, write: (target: Float32Array) => void): number {
    const address = this.#reserve(count);
    this.#placements.push({ address, write, count });
    return address;
  }

  /** Reserves `[panels][depth][8]` for weights of at most `depth` rows; gives their address. */
  placePanels(
    weights: PanelWeights,
    { depth, outputs }: { readonly depth: number; readonly outputs: number },
  ): number {
    const address = this.#reserve(panelsOf(outputs) * depth * panelWidth);
    this.#panels.push({ address, weights, depth, outputs });
    const needed = Math.max(pieceBytes, align(outputs * 4)) + outputs * 8;
    this.#workBytes = Math.max(this.#workBytes, needed);
    return address;
  }

  /** Writes all values into fresh, zeroed memory, of which `workBytes` at `work` serve meanwhile. */
  writeTo(memory: ArrayBufferLike, kernels: Pick<Kernels, "packPanels">, work: number): void {
    for (const { address, write, count } of this.#placements) {
      write(new Float32Array(memory, address, count));
    }
    for (const placement of this.#panels) packPanels(memory, kernels, work, placement);
  }

  #reserve(count: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + count * 4) / 64) * 64;
    return address;
  }
}

/** How many panels hold `outputs`. */
export function panelsOf(outputs: number): number {
  return Math.ceil(outputs / panelWidth);
}

/** Copies as many rows as fit into a piece, lets the kernel pack them, and so on. */
function packPanels(
  memory: ArrayBufferLike,
  kernels: Pick<Kernels, "packPanels">,
  work: number,
  { address, weights: { data, factors }, depth, outputs }: PanelPlacement,
): void {
  const rowBytes = outputs * 4;
  const pieceRows = Math.max(1, Math.floor(pieceBytes / rowBytes));
  const piece = new Float32Array(memory, work, pieceRows * outputs);
  const factorsAt = align(work + pieceRows * rowBytes);
  if (factors !== undefined) new Float64Array(memory, factorsAt, outputs).set(factors);
  const rows = data.length / outputs;
  for (let first = 0; first < rows; first += pieceRows) {
    const count = Math.min(pieceRows, rows - first);
    piece.set(data.subarray(first * outputs, (first + count) * outputs));
    kernels.packPanels(
      work,
      count,
      outputs,
      factors === undefined ? 0 : factorsAt,
      address + first * panelRowBytes,
      depth * panelRowBytes,
    );
  }
}
