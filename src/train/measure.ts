/** What convolutions put out over many pictures: mean and variance of each channel. */
import { runOnce } from "../backends/synchronous.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { compile } from "../compile/compile.ts";
import type { Graph } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { required } from "../required.ts";
import { takeTurn } from "./turn.ts";

/** Mean and variance of each channel. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** What is measured and on what. */
export interface MeasureOptions {
  /** The nodes whose outputs are measured. */
  readonly nodes: readonly string[];
  /** How many samples are read. */
  readonly count: number;
  /** Writes a sample as the graph's input; gives false for one that is left out. */
  readonly read: (index: number, into: Float32Array) => Promise<boolean>;
  readonly threads: number | "auto";
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs samples through a graph that has its weights and gives the statistics of each node's output, by
 * name. Without a single sample all are 0.
 *
 * @throws MobileNetError `aborted`, and what `read` throws.
 */
export async function measureOutputs(
  graph: Graph,
  { nodes, count, read, threads, signal }: MeasureOptions,
): Promise<ReadonlyMap<string, ChannelStatistics>> {
  const program = compile(selectOutputs(graph, nodes), wasmBackend.target);
  const shapes = inferShapes(graph);
  const moments = nodes.map((name) => new Moments(required(shapes, name)[3]));
  const executable = await wasmBackend.prepare(program, { threads });
  try {
    // Read beside the executable's input: its memory may move while a sample is awaited.
    const sample = new Float32Array(executable.input().length);
    for (let index = 0; index < count; index++) {
      await takeTurn(signal);
      if (!(await read(index, sample))) continue;
      const outputs = runOnce(executable, [sample]);
      for (const [i, moment] of moments.entries()) moment.add(outputs.output(i));
    }
  } finally {
    executable.dispose();
  }
  return new Map(nodes.map((name, i) => [name, moments[i]!.statistics()]));
}

/** Mean and sum of squared deviations, added up map by map (Chan, Golub and LeVeque, 1979). */
class Moments {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  #pixels = 0;

  constructor(channels: number) {
    this.#mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** Adds a feature map, NHWC. */
  add(values: Float32Array): void {
    const channels = this.#mean.length;
    const pixels = values.length / channels;
    const total = this.#pixels + pixels;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = c; i < values.length; i += channels) sum += values[i]!;
      const mean = sum / pixels;
      let squares = 0;
      for (let i = c; i < values.length; i += channels) squares += (values[i]! - mean) ** 2;
      const step = mean - this.#mean[c]!;
      this.#mean[c]! += (step * pixels) / total;
      this.#squares[c] =
        this.#squares[c]! + squares + (step * step * this.#pixels * pixels) / total;
    }
    this.#pixels = total;
  }

  statistics(): ChannelStatistics {
    const pixels = Math.max(1, this.#pixels);
    return { mean: this.#mean.slice(), variance: this.#squares.map((sum) => sum / pixels) };
  }
}
