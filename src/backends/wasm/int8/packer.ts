/**
 * Packs 8-bit weights into panels with the kernel of assembly/int8-pack/, in memory of its own:
 *
 * ```
 * zero points | totals | weights as they come | panels
 * ```
 */
import { align } from "../../../compile/place-intervals.ts";
import { moduleCompiler } from "../module.ts";
import { kernels, memoryFlagAt } from "./packer-kernels.generated.ts";
import { alignChannels, int8PanelWidth } from "./sizes.ts";

/** What the module exports. */
interface Kernels {
  packPanels(
    from: number,
    inputs: number,
    outputs: number,
    zeros: number,
    group: number,
    depth: number,
    to: number,
    totals: number,
  ): void;
}

/** What a convolution's weights, as differences from their zero points, come to. */
export interface Totals {
  readonly outputs: number;
  /** Of each output the sum of its weights, and of their magnitudes. */
  readonly sums: ArrayLike<number>;
  readonly magnitudes: ArrayLike<number>;
}

/** Weights as differences, `[panel][inputs / group][8][group]`; what there is none for is 0. */
export interface PanelDifferences extends Totals {
  readonly packed: Int16Array;
  readonly panels: number;
  /** Inputs in whole panels. */
  readonly depth: number;
}

/** Weights row by row, `[inputs][outputs]`. */
export interface PanelSource {
  readonly weights: ArrayLike<number>;
  /** The zero point of each output. */
  readonly zeros: ArrayLike<number>;
  readonly outputs: number;
}

const compile = /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt);
const pageBytes = 65_536;
/** Static data lies below. */
const start = 1024;

/** A packer serves one program; its memory goes with it. */
export class WeightPacker {
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;

  static async load(): Promise<WeightPacker> {
    return new WeightPacker(await compile(false));
  }

  private constructor(module: WebAssembly.Module) {
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
    const imports = { env: { memory: this.#memory } };
    this.#kernels = new WebAssembly.Instance(module, imports).exports as unknown as Kernels;
  }

  /** Differences of weights from their zero points, `group` inputs of an output side by side. */
  pack({ weights, zeros, outputs }: PanelSource, group: number): PanelDifferences {
    const inputs = weights.length / outputs;
    const depth = alignChannels(inputs);
    const lanes = alignChannels(outputs);
    const totals = align(start + lanes * 2);
    const from = align(totals + lanes * 8);
    // A whole vector is read where a row ends.
    const to = align(from + weights.length * 2 + 16);
    const count = depth * lanes;
    const needed = to + count * 2 - this.#memory.buffer.byteLength;
    if (needed > 0) this.#memory.grow(Math.ceil(needed / pageBytes));
    const { buffer } = this.#memory;
    const panels = new Int16Array(buffer, to, count);
    const sums = new Int32Array(buffer, totals, lanes);
    const magnitudes = new Uint32Array(buffer, totals + lanes * 4, lanes);
    for (const values of [panels, sums, magnitudes]) values.fill(0);
    new Int16Array(buffer, start, lanes).set(zeros);
    new Int16Array(buffer, from, weights.length).set(weights);
    this.#kernels.packPanels(from, inputs, outputs, start, group, depth, to, totals);
    return {
      outputs,
      sums: sums.slice(0, outputs),
      magnitudes: magnitudes.slice(0, outputs),
      packed: panels.slice(),
      panels: lanes / int8PanelWidth,
      depth,
    };
  }
}
