/**
 * A program made ready: one memory with its records, its packed weights and its arena.
 *
 * ```
 * static data | team, threads | arena | scratch of each thread | weights | program
 * ```
 */
import type { Program, Slot } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import { elementCount } from "../../tensor.ts";
import type { Executable, FeatureTensor } from "../backend.ts";
import { encodeStep } from "./encode.ts";
import { encodeContext } from "./encode-context.ts";
import { mayBlock } from "./host.ts";
import { allocateMemory, recycleMemory } from "./memory.ts";
import { instantiateKernels, type Kernels } from "./module.ts";
import { ParameterMemory } from "./pack.ts";
import { encodeRecords } from "./record.ts";
import { threadPool } from "./threads.ts";

/** Where the arena starts; static data, the team's record and the threads' lie before it. */
const arenaStart = 8192;
const teamAddress = 2048;
const workerAddress = 2176;

/** Bytes from one thread's record to the next: a cache line. */
const workerBytes = 64;

/** How a program is to run. */
export interface Team {
  readonly threads: number;
  /** Why not on as many threads as were asked for. */
  readonly obstacle?: string | undefined;
  /** Scratch memory of each thread. */
  readonly scratchBytes: number;
}

/** What an executable holds until it is disposed of. */
interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  /** The program's address. */
  readonly start: number;
  /** Its number in the pool, where it has helpers. */
  readonly pooled: number | undefined;
}

/** A program on the WebAssembly kernels. */
export class WasmExecutable implements Executable {
  readonly description: string;
  readonly arenaBytes: number;
  readonly #program: Program;
  #live: Instance | undefined;

  constructor(program: Program, module: WebAssembly.Module, { threads, obstacle, ...team }: Team) {
    const scratchBytes = align(team.scratchBytes);
    const scratch = align(arenaStart + program.arenaBytes);
    const parameters = new ParameterMemory(scratch + scratchBytes * threads);
    const context = encodeContext(program, arenaStart, parameters);
    const steps = program.steps.flatMap((step) => encodeStep(step, context));
    const start = parameters.end;
    const records = encodeRecords(steps, start);
    const memory = allocateMemory(start + records.byteLength, threads > 1);
    new Int32Array(memory.buffer, start, records.length).set(records);
    parameters.writeTo(memory.buffer);
    const workers = Array.from({ length: threads }, (_, i) => workerAddress + i * workerBytes);
    for (const [index, worker] of workers.entries()) {
      // The phase (two words), the team, scratch memory, the number of threads, whether it may sleep.
      const blocks = index > 0 || mayBlock() ? 1 : 0;
      const fields = [0, 0, teamAddress, scratch + index * scratchBytes, threads, blocks];
      new Int32Array(memory.buffer, worker, fields.length).set(fields);
    }
    const pooled =
      threads === 1
        ? undefined
        : threadPool().add({ module, memory, program: start, workers: workers.slice(1) });
    this.#program = program;
    this.#live = { memory, kernels: instantiateKernels(module, memory), start, pooled };
    this.arenaBytes = program.arenaBytes + scratchBytes * threads;
    const why = obstacle === undefined ? "" : ` (${obstacle})`;
    this.description = `wasm simd128, ${threads} thread${threads === 1 ? "" : "s"}${why}`;
  }

  input(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.inputs, index, "input"));
  }

  inputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.inputs, index, "input");
    return { dtype: "float32", shape: slot.shape, data: this.#view(slot) };
  }

  run(): void {
    const { kernels, start, pooled } = this.#alive();
    if (pooled !== undefined) {
      kernels.announce(workerAddress);
      threadPool().ring(pooled);
    }
    kernels.run(start, workerAddress);
  }

  output(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.outputs, index, "output")).slice();
  }

  outputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.outputs, index, "output");
    return { dtype: "float32", shape: slot.shape, data: this.#view(slot).slice() };
  }

  dispose(): void {
    const live = this.#live;
    this.#live = undefined;
    if (live?.pooled === undefined) return;
    threadPool().remove(live.pooled, () => recycleMemory(live.memory));
  }

  #view({ offset, shape }: Slot): Float32Array {
    const { memory } = this.#alive();
    return new Float32Array(memory.buffer, arenaStart + offset, elementCount(shape));
  }

  #alive(): Instance {
    if (this.#live === undefined) {
      throw new MobileNetError("disposed", "the executable was disposed", {
        remedy: "Prepare the program again.",
      });
    }
    return this.#live;
  }
}

function slotAt(slots: readonly Slot[], index: number, kind: string): Slot {
  const slot = slots[index];
  if (slot === undefined) {
    throw new MobileNetError("invalid-argument", `no such ${kind}`, {
      expected: `an index below ${slots.length}`,
      received: `${index}`,
    });
  }
  return slot;
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
