/**
 * A batch on memory for one image: its images wait in a queue, run one after another, and leave their
 * outputs. No operation mixes images, so these are the bits of single runs; and a network whose every
 * layer goes over all images would leave the cache between layers, which costs more than it saves.
 */
import { type Program, queueBytes, type Slot } from "../../compile/program.ts";
import { arrayOf, elementCount } from "../../tensor.ts";
import type { FeatureTensor, SynchronousExecutable } from "../backend.ts";
import { batchShape, requireAlive, slotAt } from "../checks.ts";
import { QueuedSynchronousExecutable } from "../synchronous.ts";

type Values = FeatureTensor["data"];

/** A program of several images on an executable for one. */
export class ImageQueue extends QueuedSynchronousExecutable {
  readonly description: string;
  readonly arenaBytes: number;
  readonly #program: Program;
  /** What the caller last asked for of each input: its real values, or values of its own type. */
  readonly #inputs = new Map<number, Values>();
  /** Outputs in their own type, and their real values where these are others. */
  #outputs: Values[] = [];
  #realOutputs: Float32Array[] = [];
  #one: SynchronousExecutable | undefined;

  constructor(program: Program, one: SynchronousExecutable) {
    super(program);
    this.#program = program;
    this.#one = one;
    this.description = one.description;
    this.arenaBytes = one.arenaBytes + queueBytes(program);
  }

  input(index = 0): Float32Array {
    return this.#queue(
      slotAt(this.#program.inputs, index, "input"),
      index,
      "float32",
    ) as Float32Array;
  }

  inputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.inputs, index, "input");
    return this.#tensor(slot, this.#queue(slot, index, slot.dtype));
  }

  run(): void {
    const one = requireAlive(this.#one);
    const { images, inputs, outputs } = this.#program;
    this.#outputs = outputs.map((slot) => this.#allocate(slot, slot.dtype));
    this.#realOutputs = this.#outputs.map((values) =>
      values instanceof Float32Array ? values : new Float32Array(values.length),
    );
    for (let image = 0; image < images; image++) {
      for (const [index, values] of this.#inputs) {
        const slot = slotAt(inputs, index, "input");
        const real = values instanceof Float32Array;
        const target = real ? one.input(index) : one.inputTensor(index).data;
        const count = elementCount(slot.shape);
        target.set(values.subarray(image * count, (image + 1) * count));
      }
      one.run();
      for (const [index, { dtype, shape }] of outputs.entries()) {
        const at = image * elementCount(shape);
        this.#outputs[index]!.set(one.outputTensor(index).data, at);
        if (dtype !== "float32") this.#realOutputs[index]!.set(one.output(index), at);
      }
    }
  }

  output(index = 0): Float32Array {
    const slot = slotAt(this.#program.outputs, index, "output");
    return this.#result(slot, this.#realOutputs[index], "float32") as Float32Array;
  }

  outputTensor(index = 0): FeatureTensor {
    const slot = slotAt(this.#program.outputs, index, "output");
    return this.#tensor(slot, this.#result(slot, this.#outputs[index], slot.dtype));
  }

  protected release(): void {
    this.#one?.dispose();
    this.#one = undefined;
    this.#inputs.clear();
    this.#outputs = [];
    this.#realOutputs = [];
  }

  #queue(slot: Slot, index: number, dtype: Slot["dtype"]): Values {
    requireAlive(this.#one);
    const held = this.#inputs.get(index);
    const fits = held instanceof Float32Array === (dtype === "float32");
    const values = held !== undefined && fits ? held : this.#allocate(slot, dtype);
    this.#inputs.set(index, values);
    return values;
  }

  /** A copy; zeros before the first run. */
  #result(slot: Slot, values: Values | undefined, dtype: Slot["dtype"]): Values {
    requireAlive(this.#one);
    return values?.slice() ?? this.#allocate(slot, dtype);
  }

  #allocate({ shape }: Slot, dtype: Slot["dtype"]): Values {
    return new arrayOf[dtype](this.#program.images * elementCount(shape));
  }

  #tensor(slot: Slot, data: Values): FeatureTensor {
    const { dtype, quantization } = slot;
    const shape = batchShape(this.#program, slot);
    return { dtype, shape, data, ...(quantization && { quantization }) } as FeatureTensor;
  }
}
