/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call. The memory is as large as the program
 * needs and never grows.
 *
 * ```
 * static data | team, threads | arena | scratch of each thread | weights | program
 * ```
 */
import type { Program, Slot, Target, Work } from "../../compile/program.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import type { Backend, Executable, FeatureTensor } from "../backend.ts";
import { type BlockPlan, choosePatches, isPointwise, planBlock } from "./choose.ts";
import { encodeContext, encodeStep, partsOf } from "./encode.ts";
import { availableThreads, mayBlock, threadObstacle } from "./host.ts";
import { compileKernels, instantiateKernels, type Kernels } from "./module.ts";
import { blockOverlap } from "./overlap.ts";
import { ParameterMemory, panelWidth } from "./pack.ts";
import { encodeRecords } from "./record.ts";
import { mostHelpers } from "./thread-source.ts";
import { threadPool } from "./threads.ts";

/** Where the arena starts; static data, the team's record and the threads' lie before it. */
const arenaStart = 8192;
const teamAddress = 2048;
const workerAddress = 2176;

/** Bytes from one thread's record to the next: a cache line. */
const workerBytes = 64;

const pageBytes = 65536;
const mostPages = 65536;

/** Threads that "auto" takes at most: small planes have no work for more. */
const mostAutomatic = 4;

/** What the compiler has to know about the WebAssembly kernels. */
const target: Target = {
  name: "wasm",
  channelAlignment: panelWidth,
  fuseBlocks: true,
  fuseStem: true,
  workspaceBytes: (work) => blockPlanOf(work)?.workspaceBytes ?? 0,
  overlapLead: (work, pitches) => {
    const plan = blockPlanOf(work);
    return plan && blockOverlap(plan, work, pitches);
  },
};

/** Runs programs with WebAssembly SIMD kernels, on several threads where they are asked for. */
export const wasmBackend: Backend = {
  name: "wasm",
  target,
  prepare: async (program, { threads = 1 } = {}) => {
    if (hasBytes(program)) {
      const { prepareInt8 } = await import("./int8/executable.ts");
      return prepareInt8(program);
    }
    const team = chooseThreads(threads);
    const module = await compileKernels(team.threads > 1);
    return new WasmExecutable(program, module, team);
  },
};

/** Whether feature maps are 8-bit; their kernels are loaded when they are first needed. */
function hasBytes({ inputs, outputs, steps }: Program): boolean {
  const slots = [...inputs, ...outputs, ...steps.map(({ output }) => output)];
  return slots.some(({ dtype }) => dtype !== "float32");
}

/** How many threads a program gets, and why not as many as asked for. */
interface Team {
  readonly threads: number;
  readonly obstacle?: string | undefined;
}

function chooseThreads(threads: number | "auto"): Team {
  const wanted = threads === "auto" ? Math.min(availableThreads(), mostAutomatic) : threads;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new MobileNetError("invalid-argument", "bad number of threads", {
      expected: 'a whole number from 1 on, or "auto"',
      received: `${threads}`,
    });
  }
  if (wanted === 1) return { threads: 1 };
  const obstacle = threadObstacle();
  return obstacle === undefined
    ? { threads: Math.min(wanted, mostHelpers + 1) }
    : { threads: 1, obstacle };
}

function blockPlanOf(work: Work): BlockPlan | undefined {
  const { node, inputs, output, parameters } = work;
  const input = inputs[0] as FeatureShape;
  if (node.op !== "invertedResidual" && node.op !== "depthwiseConv2d") return undefined;
  const { expand, depthwise, project } = partsOf(node);
  const channels = parameters.get(depthwise.weights)?.shape.at(-1) ?? 0;
  return planBlock({ expand, depthwise, project, input, output, channels });
}

/** Scratch memory of one thread. */
function scratchBytesOf({ steps, parameters }: Program): number {
  const needs = steps.map(({ node, inputs, output }) => {
    const shapes = inputs.map(({ shape }) => shape);
    const input = shapes[0] as FeatureShape;
    if (node.op === "conv2d" && !isPointwise(node)) {
      return choosePatches(node, input[3], output.shape[2]).scratchBytes;
    }
    const work = { node, inputs: shapes, output: output.shape, parameters };
    return blockPlanOf(work)?.scratchBytes ?? 0;
  });
  return Math.max(0, ...needs);
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

class WasmExecutable implements Executable {
  readonly description: string;
  readonly arenaBytes: number;
  readonly #program: Program;
  #live: Instance | undefined;

  constructor(program: Program, module: WebAssembly.Module, { threads, obstacle }: Team) {
    const scratchBytes = align(scratchBytesOf(program));
    const scratch = align(arenaStart + program.arenaBytes);
    const parameters = new ParameterMemory(scratch + scratchBytes * threads);
    const context = encodeContext(program, arenaStart, parameters);
    const steps = program.steps.flatMap((step) => encodeStep(step, context));
    const start = parameters.end;
    const records = encodeRecords(steps, start);
    const memory = allocate(start + records.byteLength, threads > 1);
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
    const pooled = this.#live?.pooled;
    this.#live = undefined;
    if (pooled !== undefined) void threadPool().remove(pooled);
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

function allocate(bytes: number, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    if (pages > mostPages) throw new RangeError("a WebAssembly memory has at most 4 GiB");
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    throw new MobileNetError("unsupported", "no memory for the program", {
      expected: `${bytes} bytes`,
      received: describeError(cause),
      remedy: "Use a smaller resolution or batch, or dispose of models that are no longer needed.",
      cause,
    });
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
