/**
 * Packs 8-bit weights into panels with the kernel of assembly/int8-pack/, in memory of its own:
 *
 * ```
 * zero points | totals | weights as they come | panels
 * ```
 */
import { moduleCompiler } from "../module.ts";
import { OwnLayout, OwnMemory } from "../own-memory.ts";
import { kernels, memoryFlagAt } from "./packer-kernels.generated.ts";
import { alignChannels, int8PanelWidth } from "./sizes.ts";

/** What the module exports. */
interface Kernels {
  subtractZeros(at: number, rows: number, outputs: number, zeros: number, totals: number): void;
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

/** Weights as differences, in their own order. */
export interface Differences extends Totals {
  readonly weights: Int16Array;
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
/** A whole vector is read where a row of weights ends. */
const slack = 16;

/** A packer serves one program; its memory goes with it. */
export class WeightPacker {
  readonly #memory = new OwnMemory();
  readonly #kernels: Kernels;

  static async load(): Promise<WeightPacker> {
    return new WeightPacker(await compile(false));
  }

  private constructor(module: WebAssembly.Module) {
    const imports = { env: { memory: this.#memory.memory } };
    this.#kernels = new WebAssembly.Instance(module, imports).exports as unknown as Kernels;
  }

  /** Differences of weights from their zero points, row by row. */
  differences(source: PanelSource): Differences {
    const { outputs, weights } = source;
    const { zeros, totals, from, values, sumsOf } = this.#lay(source, 0);
    const rows = weights.length / outputs;
    this.#kernels.subtractZeros(from, rows, outputs, zeros, totals);
    return { weights: values.slice(), ...sumsOf() };
  }

  /** The same in panels, `group` inputs of an output side by side. */
  pack(source: PanelSource, group: number): PanelDifferences {
    const { outputs, weights } = source;
    const inputs = weights.length / outputs;
    const depth = alignChannels(inputs);
    const lanes = alignChannels(outputs);
    const { zeros, totals, from, to, packed, sumsOf } = this.#lay(source, depth * lanes);
    this.#kernels.packPanels(from, inputs, outputs, zeros, group, depth, to, totals);
    return { packed: packed.slice(), panels: lanes / int8PanelWidth, depth, ...sumsOf() };
  }

  /** Puts weights and zero points into the memory, zeros where totals and so many values go. */
  #lay({ weights, zeros: given, outputs }: PanelSource, count: number) {
    const lanes = alignChannels(outputs);
    const layout = new OwnLayout(slack);
    const [zeros, totals] = [layout.place(lanes * 2), layout.place(lanes * 8)];
    const [from, to] = [layout.place(weights.length * 2), layout.place(count * 2)];
    const buffer = this.#memory.reserve(layout.end);
    const sums = new Int32Array(buffer, totals, lanes).fill(0);
    const magnitudes = new Uint32Array(buffer, totals + lanes * 4, lanes).fill(0);
    const packed = new Int16Array(buffer, to, count).fill(0);
    new Int16Array(buffer, zeros, lanes).set(given);
    const values = new Int16Array(buffer, from, weights.length);
    values.set(weights);
    const sumsOf = (): Totals => ({
      outputs,
      sums: sums.slice(0, outputs),
      magnitudes: magnitudes.slice(0, outputs),
    });
    return { zeros, totals, from, to, values, packed, sumsOf };
  }
}
