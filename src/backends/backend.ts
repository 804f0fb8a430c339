/**
 * A backend turns a program into something that runs. It owns memory and kernels and nothing else:
 * what runs in which order over which bytes is already settled in the program.
 */
import type { Program, Target } from "../compile/program.ts";

/** A program made ready: parameters packed, arena allocated. */
export interface Executable {
  /** How it runs, for reports: `wasm simd128, 1 thread`. */
  readonly description: string;
  /** Bytes of activation memory it holds. */
  readonly arenaBytes: number;
  /**
   * The memory of an input: NHWC float32, to be filled before `run`. The view stays valid until the
   * next call of any method.
   */
  input(index?: number): Float32Array;
  /** Runs the whole network once. */
  run(): void;
  /** A copy of an output's values, NHWC. */
  output(index?: number): Float32Array;
  /** Frees the memory; any later call throws `disposed`. */
  dispose(): void;
}

/** Options for preparing a program. */
export interface PrepareOptions {
  /** How many threads may work on one run; 1 where a backend has no threads. */
  readonly threads?: number;
}

export interface Backend {
  readonly name: string;
  readonly target: Target;
  prepare(program: Program, options?: PrepareOptions): Promise<Executable>;
}
