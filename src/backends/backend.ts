/**
 * A backend turns a program into something that runs. It owns memory and kernels and nothing else:
 * what runs in which order over which bytes is already settled in the program.
 */
import type { Program, Slot, Target } from "../compile/program.ts";
import type { Tensor } from "../tensor.ts";

/** An input or output in the element type that the network has for it. */
export type FeatureTensor = {
  [D in Slot["dtype"]]: Tensor<D>;
}[Slot["dtype"]];

/** A program made ready: parameters packed, arena allocated. */
export interface Executable {
  /** How it runs, for reports: `wasm simd128, 1 thread`. */
  readonly description: string;
  /** Bytes of activation memory it holds. */
  readonly arenaBytes: number;
  /**
   * Where the real values of an input go, NHWC, to be filled before `run`. The view stays valid until
   * the next call of any method; after `dispose` its memory may belong to another model. Where the input is 8-bit, `run` quantises what was written here.
   */
  input(index?: number): Float32Array;
  /**
   * The memory of an input as the network has it, float32 or 8-bit, to be filled before `run`. The
   * view stays valid until the next call of any method.
   */
  inputTensor(index?: number): FeatureTensor;
  /** Runs the whole network once. */
  run(): void;
  /** A copy of an output's real values, NHWC, whatever its type. */
  output(index?: number): Float32Array;
  /** A copy of an output as the network has it, float32 or 8-bit. */
  outputTensor(index?: number): FeatureTensor;
  /** Frees the memory; any later call throws `disposed`. */
  dispose(): void;
}

/** Options for preparing a program. */
export interface PrepareOptions {
  /**
   * How many threads may work on one run; `auto` for as many as the machine makes use of. One where
   * absent, and where a backend or its host has no threads.
   */
  readonly threads?: number | "auto";
}

export interface Backend {
  readonly name: string;
  readonly target: Target;
  prepare(program: Program, options?: PrepareOptions): Promise<Executable>;
}
