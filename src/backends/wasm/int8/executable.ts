/**
 * 8-bit programs on WebAssembly. The caller's inputs and outputs lie in the arena where values are
 * stored as bytes; where they are stored as words (variant.ts), outside.
 *
 * ```
 * static data | team, threads | arena | inputs and outputs | constants | program
 * ```
 */
import { align } from "../../../compile/place-intervals.ts";
import { placeFor } from "../../../compile/place-memory.ts";
import type { Program, Scratch, Slot, Step } from "../../../compile/program.ts";
import type { Quantization } from "../../../graph/ir.ts";
import { arrayOf, elementCount } from "../../../tensor.ts";
import type { FeatureTensor, SynchronousExecutable } from "../../backend.ts";
import { requireAlive, slotAt } from "../../checks.ts";
import { dequantizeValues } from "../../dequantize.ts";
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import { QueuedSynchronousExecutable } from "../../synchronous.ts";
import type { HostSteps, StoredMap } from "../host-steps.ts";
import { arenaStart, describeEngine, Instance, type Team } from "../instance.ts";
import { loadHostSteps } from "../load-host-steps.ts";
import { allocateMemory } from "../memory.ts";
import { encodeRecords, type StepRecord } from "../record.ts";
import { type Int8EncodeContext, int8Operation, lacksKernel, storedZero } from "./context.ts";
import { encodeInt8Step, zeroBytes } from "./encode.ts";
import { encodeInput, encodeOutput } from "./encode-maps.ts";
import { ConstantMemory } from "./pack.ts";
import { WeightPacker } from "./packer.ts";
import { int8Rules, slackBytes } from "./rules.ts";
import type { Variant } from "./variant.ts";

/**
 * Makes an 8-bit program ready.
 *
 * @throws MobileNetError `unsupported` where an operation has no 8-bit kernel, `invalid-model` where
 *   weights are missing or 8-bit and float32 maps meet.
 */
export async function prepareInt8(
  program: Program,
  team: Team,
  variant: Variant,
): Promise<SynchronousExecutable> {
  const module = await variant.compile(team.threads > 1);
  await team.pool?.settle();
  const placed = placeFor(program, int8Rules(variant, team.threads));
  const hostSteps = placed.steps.some(lacksKernel) ? await loadHostSteps(placed) : undefined;
  const packer = await WeightPacker.load();
  return new Int8Executable(placed, { module, team, variant, hostSteps, packer });
}

interface Engine {
  readonly module: WebAssembly.Module;
  readonly team: Team;
  readonly variant: Variant;
  readonly hostSteps: HostSteps | undefined;
  readonly packer: WeightPacker;
}

class Int8Executable extends QueuedSynchronousExecutable {
  readonly description: string;
  readonly arenaBytes: number;
  readonly #program: Program;
  /** Addresses of what the caller sees. */
  readonly #inputs: readonly number[];
  readonly #outputs: readonly number[];
  /** Real values waiting to become an 8-bit input, by the input's index. */
  readonly #staged = new Map<number, Float32Array>();
  #live: Instance | undefined;

  constructor(program: Program, { module, team, variant, hostSteps, packer }: Engine) {
    super(program);
    const { threads } = team;
    const { parameters } = program;
    const addressOf = ({ offset }: Slot): number => arenaStart + offset;
    let end = align(arenaStart + program.arenaBytes + slackBytes);
    const place = (slot: Slot): number => {
      if (slot.quantization === undefined || variant.valueBytes === 1) return addressOf(slot);
      const address = end;
      end = align(end + elementCount(slot.shape) + slackBytes);
      return address;
    };
    this.#inputs = program.inputs.map(place);
    this.#outputs = program.outputs.map(place);
    const memory = new ConstantMemory(end);
    const zeroLength = Math.max(
      0,
      ...program.steps.map((step) => zeroBytes({ ...step, parameters }, variant)),
    );
    const zeroRows = new Map<number, number>();
    const zerosOf = (quantization: Quantization): number => {
      const zero = quantization.zeroPoint - variant.baseOf(quantization);
      const row = zeroRows.get(zero) ?? memory.place(new Uint8Array(zeroLength).fill(zero));
      zeroRows.set(zero, row);
      return row;
    };
    const contextOf = (workspace: number): Int8EncodeContext => ({
      parameters,
      memory,
      packer,
      hostSteps,
      addressOf,
      zerosOf,
      variant,
      threads,
      workspace: arenaStart + workspace,
    });
    const recordsOf = (step: Step): readonly StepRecord[] => {
      const records = encodeInt8Step(step, contextOf(step.workspace.offset));
      return records.length === 0 ? [] : [...scratchRecord(step.scratch), ...records];
    };
    // Bytes are converted where they lie: once, however often an output is named.
    const results = new Map(program.outputs.map((slot, i) => [this.#outputs[i]!, slot]));
    const steps = [
      ...program.inputs.flatMap((slot, i) =>
        slot.quantization ? encodeInput(slot, this.#inputs[i]!, contextOf(0)) : [],
      ),
      ...program.steps.flatMap(recordsOf),
      ...[...results].flatMap(([address, slot]) =>
        slot.quantization ? encodeOutput(slot, address, contextOf(0)) : [],
      ),
    ];
    const start = memory.end + slackBytes;
    const records = encodeRecords(steps, start, variant.records);
    const live = allocateMemory(start + records.byteLength + slackBytes, threads > 1);
    memory.writeTo(live.buffer);
    new Int32Array(live.buffer, start, records.length).set(records);
    this.#program = program;
    this.#live = new Instance({
      module,
      memory: live,
      start,
      team,
      // Each step brings its own.
      scratch: 0,
      scratchBytes: 0,
      hostSteps: hostSteps?.callsOver((slot) => storedMap(slot, live.buffer, variant)),
    });
    this.arenaBytes = program.arenaBytes;
    this.description = describeEngine(variant.engine, team, hostSteps?.describe());
  }

  input(index = 0): Float32Array {
    const slot = slotAt(this.#program.inputs, index, "input");
    if (slot.quantization === undefined) {
      return this.#view(slot, this.#inputs[index]).data as Float32Array;
    }
    requireAlive(this.#live);
    const staged = this.#staged.get(index) ?? new Float32Array(elementCount(slot.shape));
    this.#staged.set(index, staged);
    return staged;
  }

  inputTensor(index = 0): FeatureTensor {
    this.#staged.delete(index);
    return this.#view(slotAt(this.#program.inputs, index, "input"), this.#inputs[index]);
  }

  run(): void {
    const live = requireAlive(this.#live);
    for (const [index, values] of this.#staged) {
      const slot = slotAt(this.#program.inputs, index, "input");
      const { data } = this.#view(slot, this.#inputs[index]);
      quantizeInto(values, slot.quantization as Quantization, data);
    }
    this.#staged.clear();
    live.run();
  }

  output(index = 0): Float32Array {
    const slot = slotAt(this.#program.outputs, index, "output");
    const { data } = this.#view(slot, this.#outputs[index]);
    const values = new Float32Array(data.length);
    if (slot.quantization === undefined) values.set(data);
    else dequantizeValues(data, slot.quantization, values);
    return values;
  }

  outputTensor(index = 0): FeatureTensor {
    const tensor = this.#view(slotAt(this.#program.outputs, index, "output"), this.#outputs[index]);
    return { ...tensor, data: tensor.data.slice() } as FeatureTensor;
  }

  protected release(): void {
    this.#staged.clear();
    this.#live?.dispose();
    this.#live = undefined;
  }

  #view({ shape, dtype, quantization }: Slot, address: number | undefined): FeatureTensor {
    const { buffer } = requireAlive(this.#live).memory;
    const data = new arrayOf[dtype](buffer, address, elementCount(shape));
    return { dtype, shape, data, ...(quantization && { quantization }) } as FeatureTensor;
  }
}

/** A map in the arena as the kernels have it. */
function storedMap(slot: Slot, buffer: ArrayBufferLike, variant: Variant): StoredMap {
  const { shape, pitch, quantization, offset } = slot;
  const count = shape[0] * shape[1] * shape[2] * pitch;
  const address = arenaStart + offset;
  const values =
    quantization === undefined
      ? new Float32Array(buffer, address, count)
      : new (variant.valueBytes === 1 ? Uint8Array : Int16Array)(
          buffer as ArrayBuffer,
          address,
          count,
        );
  return {
    values,
    base: quantization === undefined ? 0 : variant.baseOf(quantization),
    filler: storedZero(slot, variant),
  };
}

/** The record that gives threads their memory for the next step. */
function scratchRecord({ offset, threadBytes }: Scratch): StepRecord[] {
  if (threadBytes === 0) return [];
  return [{ op: int8Operation.scratch, scratch: arenaStart + offset, threadBytes }];
}

/** What `quantizeValue` of the reference gives for every value, with its constants taken out. */
function quantizeInto(
  values: Float32Array,
  { scale, zeroPoint, dtype }: Quantization,
  output: FeatureTensor["data"],
): void {
  const { least, greatest } = typeRange(dtype);
  const inverse = Math.fround(1 / scale);
  const bias = 1.5 * 2 ** 52;
  for (let i = 0; i < output.length; i++) {
    const steps = Math.fround(values[i]! * inverse) + bias - bias + zeroPoint;
    output[i] = Math.min(Math.max(steps, least), greatest);
  }
}
