/**
 * A backend turns a program into something that runs. It owns memory and kernels and nothing else:
 * what runs in which order over which bytes is already settled in the program. Every backend answers
 * asynchronously, by `infer`; one whose runs hold the calling thread, as WebAssembly's do, can also be
 * walked step by step: write the inputs, run, read the outputs.
 */
import type { Program, Target } from "../compile/program.ts";
import type { Quantization } from "../graph/ir.ts";
import type { Tensor } from "../tensor.ts";

/** 8-bit values and how they stand for real ones. */
export interface QuantizedTensor<D extends Quantization["dtype"]> extends Tensor<D> {
  readonly quantization: Quantization;
}

/** An input or output in the element type that the network has for it, NHWC. */
export type FeatureTensor = Tensor<"float32"> | QuantizedTensor<"uint8"> | QuantizedTensor<"int8">;

/** The values of one input: real ones, or an 8-bit input's own bytes. */
export type InputValues = FeatureTensor["data"];

/** Where a run's inputs are written. Views stay valid until the next call of any method. */
export interface InputWriter {
  /**
   * Where the real values of an input go, NHWC. After `dispose` its memory may belong to another
   * model. Where the input is 8-bit, the run quantises what was written here.
   */
  input(index?: number): Float32Array;
  /** The memory of an input as the network has it, float32 or 8-bit. */
  inputTensor(index?: number): FeatureTensor;
}

/** Where a run's outputs are read. */
export interface OutputReader {
  /** A copy of an output's real values, NHWC, whatever its type. */
  output(index?: number): Float32Array;
  /** A copy of an output as the network has it, float32 or 8-bit. */
  outputTensor(index?: number): FeatureTensor;
}

/**
 * All inputs of a run: an array for each, which is copied, or a function that writes them in place
 * when the run's turn has come. The function must write every input whole and must not wait.
 */
export type Inputs = readonly InputValues[] | ((into: InputWriter) => void);

/** Options of one run. */
export interface InferOptions {
  /** Takes the call out of the queue, or gives up waiting for it where it runs already. */
  readonly signal?: AbortSignal | undefined;
}

/** A program made ready: parameters packed, memory allocated. */
export interface Executable {
  /** How it runs, for reports: `wasm simd128, 1 thread`. */
  readonly description: string;
  /** Bytes of activation memory it holds. */
  readonly arenaBytes: number;
  /**
   * Runs the whole network once. Calls wait in a queue, first come, first served, and between two
   * that hold the thread the event loop has its turn.
   *
   * @returns Copies of all outputs; `realValues` gives the real values of 8-bit ones.
   * @throws MobileNetError `invalid-argument` for inputs that do not fit, `aborted` where the signal
   *   says so, `disposed` after `dispose`, which calls in the queue hear too; and what a function that
   *   writes the inputs throws.
   *
   * @example
   * ```ts
   * const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 3 });
   * const model = bindWeights(graph, new Map([...graph.parameters].map(([name, { shape }]) => {
   *   const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1);
   *   return [name, { dtype: "float32" as const, shape, data }];
   * })));
   * const executable = await wasmBackend.prepare(compile(model, wasmBackend.target));
   * const [grey, white] = await Promise.all([
   *   executable.infer((into) => into.input().fill(0)),
   *   executable.infer([new Float32Array(32 * 32 * 3).fill(1)]),
   * ]);
   * [grey[0].shape, white[0].shape]; // [[1, 1, 1, 3], [1, 1, 1, 3]]
   * executable.dispose();
   * ```
   */
  infer(inputs: Inputs, options?: InferOptions): Promise<readonly FeatureTensor[]>;
  /** Frees the memory; may be called twice. Calls that wait or come later reject with `disposed`. */
  dispose(): void;
}

/** An executable whose runs hold the calling thread, and which can therefore be walked by hand. */
export interface SynchronousExecutable extends Executable, InputWriter, OutputReader {
  /** Runs the whole network once on what its inputs hold. */
  run(): void;
}

/** Options for preparing a program. */
export interface PrepareOptions {
  /**
   * How many threads may work on one run; `auto` for as many as the machine makes use of. One where
   * absent, and where a backend or its host has no threads.
   */
  readonly threads?: number | "auto";
  /** Told where the backend does with less than it was asked for. Default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

/** A graph compiled and made ready. */
export interface LoadedGraph {
  readonly program: Program;
  readonly executable: Executable;
}

/**
 * What makes programs ready. It is passed as an argument wherever a network is run; nothing registers
 * itself. `queuedExecutable` gives a backend its queue and checks, so that it brings its own run alone.
 *
 * @example
 * ```ts
 * const undecided: Backend = {
 *   name: "undecided",
 *   target: referenceBackend.target,
 *   prepare: async (program) =>
 *     queuedExecutable(program, {
 *       description: "one probability for all",
 *       arenaBytes: 0,
 *       infer: async () => program.outputs.map(({ shape }) => new Float32Array(shape[3]).fill(1 / shape[3])),
 *       dispose() {},
 *     }),
 * };
 * const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 4 });
 * const executable = await undecided.prepare(compile(graph, undecided.target));
 * const [probabilities] = await executable.infer([new Float32Array(32 * 32 * 3)]);
 * [...probabilities.data]; // [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export interface Backend<Ready extends Executable = Executable> {
  readonly name: string;
  /** What the compiler is told: which rewrites and what memory suit this backend. */
  readonly target: Target;
  /**
   * Whether the loaders may run a network on the library's own backend, with a warning, where `prepare`
   * throws `unsupported`; no where absent.
   */
  readonly replaceable?: boolean;
  prepare(program: Program, options?: PrepareOptions): Promise<Ready>;
}
