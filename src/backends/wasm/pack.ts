/**
 * Weights in the kernels' layout. Outputs are cut into panels of 8, and within a panel the weights
 * of one input after the other lie in the order in which a tile reads them; what a last panel lacks
 * is zero, so that the lanes past the channels of a feature map stay zero.
 */

/** Outputs in one panel of weights. */
export const panelWidth = 8;

/** Where values go once there is memory for them. */
interface Placement {
  readonly address: number;
  write(target: Float32Array): void;
  readonly count: number;
}

/** Collects packed parameters and gives each its address. */
export class ParameterMemory {
  readonly #placements: Placement[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  /** The first byte after the parameters. */
  get end(): number {
    return this.#end;
  }

  /** Reserves `count` float32 values, to be written later; gives their address. */
  place(count: number, write: (target: Float32Array) => void): number {
    const address = this.#end;
    this.#placements.push({ address, write, count });
    this.#end = Math.ceil((address + count * 4) / 64) * 64;
    return address;
  }

  /** Writes all values into fresh, zeroed memory. */
  writeTo(memory: ArrayBufferLike): void {
    for (const { address, write, count } of this.#placements) {
      write(new Float32Array(memory, address, count));
    }
  }
}

/** How many panels hold `outputs`. */
export function panelsOf(outputs: number): number {
  return Math.ceil(outputs / panelWidth);
}

/**
 * `[inputs][outputs]` → `[panels][depth][8]`, where depth may be more than the inputs; the target
 * starts as zeros.
 */
export function packPanels(
  weights: ArrayLike<number>,
  { depth, outputs }: { readonly depth: number; readonly outputs: number },
  target: Float32Array,
): void {
  for (
    let first = 0, start = 0;
    first < outputs;
    first += panelWidth, start += depth * panelWidth
  ) {
    const lanes = Math.min(panelWidth, outputs - first);
    let to = start;
    for (let from = first; from < weights.length; from += outputs, to += panelWidth) {
      if (lanes === panelWidth) {
        // Written out: packing runs once, mostly before the optimising compiler has seen it.
        target[to] = weights[from] as number;
        target[to + 1] = weights[from + 1] as number;
        target[to + 2] = weights[from + 2] as number;
        target[to + 3] = weights[from + 3] as number;
        target[to + 4] = weights[from + 4] as number;
        target[to + 5] = weights[from + 5] as number;
        target[to + 6] = weights[from + 6] as number;
        target[to + 7] = weights[from + 7] as number;
      } else {
        for (let lane = 0; lane < lanes; lane++) target[to + lane] = weights[from + lane] as number;
      }
    }
  }
}
