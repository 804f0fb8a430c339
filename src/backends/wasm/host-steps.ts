/**
 * Steps that have no kernel: the leader leaves WebAssembly for them and runs them by the reference's
 * definition, over copies of the maps. Loaded with the first program that has one.
 */
import { mapOperands, type Program, type Slot, type Step } from "../../compile/program.ts";
import { arrayOf, elementCount } from "../../tensor.ts";
import type { AnyMap } from "../reference/quantized.ts";
import { StepRunner } from "../reference/step-runner.ts";

/** A map's values where the kernels have them. */
export interface StoredMap {
  /** Every pixel's channels and what lies behind them. */
  readonly values: Float32Array | Uint8Array | Int16Array;
  /** What is added to a stored value to give the map's own. */
  readonly base: number;
  /** What lies behind a pixel's channels. */
  readonly filler: number;
}

/** Where a program's maps lie. */
export type FindMap = (slot: Slot) => StoredMap;

/** What makes a program's steps run on the host. */
export class HostSteps {
  readonly #runner: StepRunner;
  readonly #steps: Step[] = [];

  constructor(program: Program) {
    this.#runner = new StepRunner(program.parameters, "float");
  }

  /** The number of a step that the host is to run. */
  add(step: Step): number {
    return this.#steps.push(step) - 1;
  }

  /** What runs each of the steps. */
  callsOver(find: FindMap): readonly (() => void)[] {
    return this.#steps.map((step) => {
      const inputs = mapOperands(step.inputs, denseMap);
      const output = denseMap(step.output);
      return () => {
        for (const [i, slot] of step.inputs.entries()) gather(slot, find(slot), inputs[i]!);
        this.#runner.run(step, inputs, output);
        scatter(step.output, output, find(step.output));
      };
    });
  }

  /** Which operations they are, for descriptions: `maxPool2d ×2`. */
  describe(): string | undefined {
    const counts = new Map<string, number>();
    for (const { node } of this.#steps) counts.set(node.op, (counts.get(node.op) ?? 0) + 1);
    const parts = [...counts].map(([op, count]) => (count === 1 ? op : `${op} ×${count}`));
    return parts.length === 0 ? undefined : `${parts.join(", ")} in JavaScript`;
  }
}

function denseMap({ shape, dtype, quantization }: Slot): AnyMap {
  const data = new arrayOf[dtype](elementCount(shape));
  return (quantization === undefined ? { shape, data } : { shape, data, quantization }) as AnyMap;
}

function gather({ shape, pitch }: Slot, { values, base }: StoredMap, { data }: AnyMap): void {
  const channels = shape[3];
  for (let pixel = 0, at = 0; at < data.length; pixel++) {
    const start = pixel * pitch;
    for (let c = 0; c < channels; c++) data[at++] = values[start + c]! + base;
  }
}

function scatter({ shape, pitch }: Slot, { data }: AnyMap, stored: StoredMap): void {
  const { values, base, filler } = stored;
  const channels = shape[3];
  for (let pixel = 0, at = 0; at < data.length; pixel++) {
    const start = pixel * pitch;
    for (let c = 0; c < channels; c++) values[start + c] = data[at++]! - base;
    for (let c = channels; c < pitch; c++) values[start + c] = filler;
  }
}
