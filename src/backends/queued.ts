/**
 * An executable around an engine that only answers asynchronously: one on a graphics card, in another
 * library, in another process. The engine brings its run; queue, cancellation, disposal and checks of
 * what goes in and comes out are the same for all.
 */
import { checkProgram } from "../compile/check-program.ts";
import type { Program, Slot } from "../compile/program.ts";
import { MobileNetError } from "../errors.ts";
import { arrayOf, elementCount } from "../tensor.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { Executable, FeatureTensor, Inputs, InputValues, InputWriter } from "./backend.ts";
import { CallQueue } from "./call-queue.ts";
import { batchShape, checkInputs, slotAt } from "./checks.ts";
import { quantizeValues } from "./reference/quantized-arithmetic.ts";
import { copyInputs, writeInputs } from "./values.ts";

/** What an engine brings of its own. */
export interface Engine {
  /** How it runs, for reports. */
  readonly description: string;
  /** Bytes of activation memory it holds; 0 where it does not know. */
  readonly arenaBytes: number;
  /**
   * Runs the network once. It is not called again before it has answered.
   *
   * @param inputs - In the program's order and element types; the engine may keep or change them.
   * @param signal - Fires where nobody waits for the answer any more; heeding it is up to the engine.
   * @returns The values of each output, in the program's order, shapes and element types.
   */
  infer(
    inputs: readonly FeatureTensor[],
    signal: AbortSignal | undefined,
  ): PromiseLike<readonly InputValues[]>;
  /** Frees what it holds; called once, when no run is under way. */
  dispose(): void;
}

/**
 * Makes an executable of an engine.
 *
 * @example
 * ```ts
 * const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 3 });
 * const executable = queuedExecutable(compile(graph, referenceBackend.target), {
 *   description: "one guess for all",
 *   arenaBytes: 0,
 *   infer: async () => [Float32Array.of(0.2, 0.7, 0.1), Float32Array.of(-1, 1, -2)],
 *   dispose() {},
 * });
 * const [probabilities] = await executable.infer((into) => into.input().fill(0.5));
 * [...probabilities.data].indexOf(Math.max(...probabilities.data)); // 1
 * executable.dispose();
 * ```
 */
export function queuedExecutable(program: Program, engine: Engine): Executable {
  checkProgram(program, "queuedExecutable");
  const { description, infer, dispose } = fieldsOf(engine);
  if (
    typeof description !== "string" ||
    typeof infer !== "function" ||
    typeof dispose !== "function"
  ) {
    throw wrongArgument(
      "queuedExecutable",
      "an engine with description, infer and dispose",
      engine,
    );
  }
  const queue = new CallQueue({ holdsThread: false });
  return {
    description: engine.description,
    arenaBytes: engine.arenaBytes,
    async infer(inputs: Inputs, { signal } = {}) {
      checkInputs(program, inputs);
      const given = queue.idle ? inputs : copyInputs(inputs);
      return queue.add(async () => {
        const outputs = await engine.infer(stageInputs(program, given), signal);
        return program.outputs.map((slot, i) => outputTensor(program, slot, outputs[i]));
      }, signal);
    },
    dispose: () => queue.close(() => engine.dispose()),
  };
}

/** Fresh arrays with what the caller writes. */
function stageInputs(program: Program, inputs: Inputs): readonly FeatureTensor[] {
  const staged = program.inputs.map((slot) => allocate(program, slot));
  /** Real values that wait to become an 8-bit input, by its index. */
  const real = new Map<number, Float32Array>();
  const into: InputWriter = {
    input(index = 0) {
      const { dtype, data } = tensorAt(index);
      if (dtype === "float32") return data as Float32Array;
      const values = real.get(index) ?? new Float32Array(data.length);
      real.set(index, values);
      return values;
    },
    inputTensor(index = 0) {
      real.delete(index);
      return tensorAt(index);
    },
  };
  const tensorAt = (index: number): FeatureTensor => {
    slotAt(program.inputs, index, "input");
    return staged[index]!;
  };
  writeInputs(inputs, into);
  for (const [index, values] of real) {
    const tensor = staged[index]!;
    if (tensor.dtype !== "float32") quantizeValues(values, tensor.quantization, tensor.data);
  }
  return staged;
}

function allocate(program: Program, slot: Slot): FeatureTensor {
  const shape = batchShape(program, slot);
  return tensorOf(slot, shape, new arrayOf[slot.dtype](elementCount(shape)));
}

/** An engine that answers with something else would give plausible but wrong results further on. */
function outputTensor(
  program: Program,
  slot: Slot,
  values: InputValues | undefined,
): FeatureTensor {
  const shape = batchShape(program, slot);
  const array = arrayOf[slot.dtype];
  if (values instanceof array && values.length === elementCount(shape)) {
    return tensorOf(slot, shape, values);
  }
  throw new MobileNetError("internal", "the backend's answer does not fit the network's output", {
    node: slot.name,
    expected: `a ${array.name} of ${elementCount(shape)} values`,
    received: values === undefined ? "nothing" : `a ${values.constructor.name} of ${values.length}`,
  });
}

function tensorOf({ dtype, quantization }: Slot, shape: Slot["shape"], data: InputValues) {
  return { dtype, shape, data, ...(quantization && { quantization }) } as FeatureTensor;
}
