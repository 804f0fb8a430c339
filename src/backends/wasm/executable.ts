/**
 * A program made ready: one memory with its records, its packed weights and its arena.
 *
 * ```
 * static data | team, threads | arena, with each thread's scratch at its end | weights | program
 * ```
 */
import { align } from "../../compile/place-intervals.ts";
import type { Program, Slot } from "../../compile/program.ts";
import { elementCount } from "../../tensor.ts";
import type { FeatureTensor } from "../backend.ts";
import { requireAlive, slotAt } from "../checks.ts";
import { QueuedSynchronousExecutable } from "../synchronous.ts";
import { encodeStep } from "./encode.ts";
import { encodeContext } from "./encode-context.ts";
import type { HostSteps } from "./host-steps.ts";
import { arenaStart, describeEngine, Instance, type Team } from "./instance.ts";
import { allocateMemory } from "./memory.ts";
import { ParameterMemory } from "./pack.ts";
import { encodeRecords } from "./record.ts";
import { records as table } from "./records.generated.ts";

/** What a float32 program runs on. */
export interface FloatTeam extends Team {
  /** Whether the module is the turbo build; for the description. */
  readonly turbo?: boolean;
  /** Runs the steps that have no kernel. */
  readonly hostSteps?: HostSteps | undefined;
}

/** A program on the WebAssembly kernels. */
export class WasmExecutable extends QueuedSynchronousExecutable {
  readonly description: string;
  readonly arenaBytes: number;
  readonly #program: Program;
  #live: Instance | undefined;

  constructor(program: Program, module: WebAssembly.Module, team: FloatTeam) {
    super(program);
    const { threads, hostSteps } = team;
    const parameters = new ParameterMemory(align(arenaStart + program.arenaBytes));
    const context = encodeContext(program, arenaStart, parameters, hostSteps);
    const steps = program.steps.flatMap((step) => encodeStep(step, context));
    const start = parameters.end;
    const records = encodeRecords(steps, start, table);
    const work = align(start + records.byteLength);
    const memory = allocateMemory(work + parameters.workBytes, threads > 1);
    new Int32Array(memory.buffer, start, records.length).set(records);
    this.#program = program;
    // One place for all steps.
    const { offset, threadBytes } = program.steps[0]?.scratch ?? { offset: 0, threadBytes: 0 };
    this.#live = new Instance({
      module,
      memory,
      start,
      team,
      scratch: arenaStart + offset,
      scratchBytes: threadBytes,
      hostSteps: hostSteps?.callsOver((slot) => ({
        values: new Float32Array(memory.buffer, arenaStart + slot.offset, valuesOf(slot)),
        base: 0,
        filler: 0,
      })),
    });
    parameters.writeTo(memory.buffer, this.#live.kernels, work);
    this.arenaBytes = program.arenaBytes;
    const engine = team.turbo ? "wasm simd128 turbo" : "wasm simd128";
    this.description = describeEngine(engine, team, hostSteps?.describe());
  }

  input(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.inputs, index, "input"));
  }

  inputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.inputs, index, "input");
    return { dtype: "float32", shape: slot.shape, data: this.#view(slot) };
  }

  run(): void {
    requireAlive(this.#live).run();
  }

  output(index = 0): Float32Array {
    return this.#view(slotAt(this.#program.outputs, index, "output")).slice();
  }

  outputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.outputs, index, "output");
    return { dtype: "float32", shape: slot.shape, data: this.#view(slot).slice() };
  }

  protected release(): void {
    this.#live?.dispose();
    this.#live = undefined;
  }

  #view({ offset, shape }: Slot): Float32Array {
    const { memory } = requireAlive(this.#live);
    return new Float32Array(memory.buffer, arenaStart + offset, elementCount(shape));
  }
}

/** Values from a map's first to its last, with what lies between pixels. */
function valuesOf({ shape, pitch }: Slot): number {
  return shape[0] * shape[1] * shape[2] * pitch;
}
