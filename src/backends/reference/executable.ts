/**
 * A program on the reference backend: its steps one after another over one arena, each by the
 * operation's definition.
 */
import { checkProgram } from "../../compile/check-program.ts";
import { mapOperands, type Program, type Slot, type Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import { checkOptions } from "../../option-names.ts";
import { arrayOf, elementCount } from "../../tensor.ts";
import type { FeatureTensor, PrepareOptions, SynchronousExecutable } from "../backend.ts";
import { checkThreads, requireAlive, requireWeights, slotAt } from "../checks.ts";
import { dequantizeValues } from "../dequantize.ts";
import { QueuedSynchronousExecutable } from "../synchronous.ts";
import { type AnyMap, isQuantized } from "./quantized.ts";
import { quantizeValues, type Requantization } from "./quantized-arithmetic.ts";
import { StepRunner } from "./step-runner.ts";

/** Runs programs with scalar TypeScript. */
class ReferenceExecutable extends QueuedSynchronousExecutable {
  readonly description: string = "reference (scalar TypeScript, 1 thread)";
  readonly arenaBytes: number;
  readonly #program: Program;
  readonly #runner: StepRunner;
  /** Real values waiting to become an 8-bit input, by the input's index. */
  readonly #staged = new Map<number, Float32Array>();
  #arena: ArrayBuffer | undefined;

  constructor(program: Program, requantization: Requantization) {
    super(program);
    requireWeights(program);
    this.#program = program;
    this.#runner = new StepRunner(program.parameters, requantization);
    this.arenaBytes = program.arenaBytes;
    this.#arena = allocate(program.arenaBytes);
  }

  input(index = 0): Float32Array {
    const map = this.#view(slotAt(this.#program.inputs, index, "input"));
    if (!isQuantized(map)) return map.data;
    const staged = this.#staged.get(index) ?? new Float32Array(map.data.length);
    this.#staged.set(index, staged);
    return staged;
  }

  inputTensor(index = 0): FeatureTensor {
    this.#staged.delete(index);
    return tensorOf(this.#view(slotAt(this.#program.inputs, index, "input")));
  }

  run(): void {
    for (const [index, values] of this.#staged) {
      const map = this.#view(slotAt(this.#program.inputs, index, "input"));
      if (isQuantized(map)) quantizeValues(values, map.quantization, map.data);
    }
    this.#staged.clear();
    for (const step of this.#program.steps) this.#step(step);
  }

  output(index = 0): Float32Array {
    const map = this.#view(slotAt(this.#program.outputs, index, "output"));
    if (!isQuantized(map)) return map.data.slice();
    const values = new Float32Array(map.data.length);
    dequantizeValues(map.data, map.quantization, values);
    return values;
  }

  outputTensor(index = 0): FeatureTensor {
    const map = this.#view(slotAt(this.#program.outputs, index, "output"));
    return tensorOf({ ...map, data: map.data.slice() } as AnyMap);
  }

  protected release(): void {
    this.#staged.clear();
    this.#arena = undefined;
  }

  #step(step: Step): void {
    const maps = mapOperands(step.inputs, (slot) => this.#view(slot));
    this.#runner.run(step, maps, this.#view(step.output));
  }

  #view({ shape, quantization, offset }: Slot): AnyMap {
    const arena = requireAlive(this.#arena);
    const length = elementCount(shape);
    return quantization === undefined
      ? { shape, data: new Float32Array(arena, offset, length) }
      : { shape, data: new arrayOf[quantization.dtype](arena, offset, length), quantization };
  }
}

/** A program made ready to be run step by step. */
export function prepareReference(
  program: Program,
  requantization: Requantization,
  options: PrepareOptions = {},
): SynchronousExecutable {
  checkProgram(program, "prepare");
  checkOptions(options, { threads: true, onWarning: true }, "prepare");
  checkThreads(options.threads ?? 1);
  return new ReferenceExecutable(program, requantization);
}

function allocate(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new MobileNetError("memory", "the network needs more memory than there is", {
      received: `${bytes} bytes`,
      remedy: "Use a smaller input.",
      cause,
    });
  }
}

/** A map as the caller sees it. */
function tensorOf(map: AnyMap): FeatureTensor {
  const { shape, data } = map;
  if (!isQuantized(map)) return { dtype: "float32", shape, data } as FeatureTensor;
  const { quantization } = map;
  return { dtype: quantization.dtype, shape, data, quantization } as FeatureTensor;
}
