/**
 * Executables whose runs hold the calling thread: they write, run and read in one go, so that nothing
 * comes between, and answer asynchronously by doing that when a call's turn has come.
 */
import type { Program } from "../compile/program.ts";
import type {
  Executable,
  FeatureTensor,
  InferOptions,
  Inputs,
  OutputReader,
  SynchronousExecutable,
} from "./backend.ts";
import { CallQueue } from "./call-queue.ts";
import { checkInputs } from "./checks.ts";
import { copyInputs, floatsOf, writeInputs } from "./values.ts";

/** `infer` and `dispose` over what a synchronous executable brings. */
export abstract class QueuedSynchronousExecutable implements SynchronousExecutable {
  abstract readonly description: string;
  abstract readonly arenaBytes: number;
  readonly #ends: Program;
  readonly #queue = new CallQueue({ holdsThread: true });

  constructor(program: Program) {
    this.#ends = program;
  }

  abstract input(index?: number): Float32Array;
  abstract inputTensor(index?: number): FeatureTensor;
  abstract run(): void;
  abstract output(index?: number): Float32Array;
  abstract outputTensor(index?: number): FeatureTensor;
  /** Frees the memory; may be called twice. */
  protected abstract release(): void;

  async infer(inputs: Inputs, { signal }: InferOptions = {}): Promise<readonly FeatureTensor[]> {
    checkInputs(this.#ends, inputs);
    const given = this.#queue.idle ? inputs : copyInputs(inputs);
    return this.#queue.add(() => {
      const read = runOnce(this, given);
      return this.#ends.outputs.map((_, index) => read.outputTensor(index));
    }, signal);
  }

  dispose(): void {
    this.#queue.close();
    this.release();
  }
}

/**
 * Writes the inputs and runs at once, outside the queue: for an executable that nobody else uses.
 *
 * @returns Its outputs, to be read before it runs again.
 */
export function runOnce(executable: SynchronousExecutable, inputs: Inputs): OutputReader {
  writeInputs(inputs, executable);
  executable.run();
  return executable;
}

/**
 * As `runOnce`, for executables of either kind. Unlike `infer` it copies only what is read: networks
 * whose every value is an output have hundreds of megabytes of them.
 */
export async function inferOnce(executable: Executable, inputs: Inputs): Promise<OutputReader> {
  if (isSynchronous(executable)) return runOnce(executable, inputs);
  const outputs = await executable.infer(inputs);
  return {
    output: (index = 0) => floatsOf(outputs[index]!),
    outputTensor: (index = 0) => outputs[index]!,
  };
}

/** Whether an executable can be walked by hand. */
export function isSynchronous(executable: Executable): executable is SynchronousExecutable {
  return "run" in executable && "output" in executable;
}
