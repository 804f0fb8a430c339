/**
 * The WebAssembly backend: a program is written once, as records, into one memory together with its
 * packed weights and its arena, and a run is a single call. The memory is as large as the program
 * needs and never grows.
 *
 * ```
 * static data | thread records | arena | scratch of each thread | weights | program
 * ```
 */
import type { Program, Slot, Target, Work } from "../../compile/program.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import type { Backend, Executable, FeatureTensor } from "../backend.ts";
import { type BlockPlan, choosePatches, isPointwise, planBlock } from "./choose.ts";
import { encodeContext, encodeStep, partsOf } from "./encode.ts";
import { compileKernels, instantiateKernels, type Kernels } from "./module.ts";
import { ParameterMemory, panelWidth } from "./pack.ts";
import { encodeRecords } from "./record.ts";

/** Where the arena starts; the module's few static bytes and the thread's record lie before it. */
const arenaStart = 4096;
const workerAddress = 3072;

const pageBytes = 65536;
const mostPages = 65536;

/** What the compiler has to know about the WebAssembly kernels. */
const target: Target = {
  name: "wasm",
  channelAlignment: panelWidth,
  fuseBlocks: true,
  fuseStem: true,
  workspaceBytes: (work) => blockPlanOf(work)?.workspaceBytes ?? 0,
};

/** Runs programs with WebAssembly SIMD kernels. */
export const wasmBackend: Backend = {
  name: "wasm",
  target,
  prepare: async (program) => new WasmExecutable(program, await compileKernels()),
};

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
}

class WasmExecutable implements Executable {
  readonly description: string = "wasm simd128, 1 thread";
  readonly arenaBytes: number;
  readonly #program: Program;
  #live: Instance | undefined;

  constructor(program: Program, module: WebAssembly.Module) {
    const scratchBytes = scratchBytesOf(program);
    const scratch = align(arenaStart + program.arenaBytes);
    const parameters = new ParameterMemory(align(scratch + scratchBytes));
    const context = encodeContext(program, arenaStart, parameters);
    const steps = program.steps.flatMap((step) => encodeStep(step, context));
    const start = parameters.end;
    const records = encodeRecords(steps, start);
    const memory = allocate(start + records.byteLength);
    new Int32Array(memory.buffer, start, records.length).set(records);
    parameters.writeTo(memory.buffer);
    new Int32Array(memory.buffer, workerAddress, 2).set([scratch, 1]);
    this.#program = program;
    this.#live = { memory, kernels: instantiateKernels(module, memory), start };
    this.arenaBytes = program.arenaBytes + scratchBytes;
  }

  input(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.inputs, index, "input"));
  }

  inputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.inputs, index, "input");
    return { dtype: "float32", shape: slot.shape, data: this.#view(slot) };
  }

  run(): void {
    const { kernels, start } = this.#alive();
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
    this.#live = undefined;
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

function allocate(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    if (pages > mostPages) throw new RangeError("a WebAssembly memory has at most 4 GiB");
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
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
