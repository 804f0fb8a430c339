/**
 * What the kernels leave: single operations by the reference's layers, channels that are copied, and the
 * network's outputs with their gradients, all in the network's memory on the leading thread.
 */
import { required } from "../../required.ts";
import { roundLayer } from "../layers/fake-quantize.ts";
import type { BackwardPass, ForwardPass, Kept } from "../layers/layer.ts";
import { layerOf } from "../layers/table.ts";
import { checkGradient, type Outputs, parameterSize } from "../network.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import { addInto } from "../values.ts";
import { type Contribution, mapSize, pitchOf } from "./gradients.ts";
import type { CompactGroup, DenseGroup } from "./groups.ts";
import { type Layout, roundUp8 } from "./layout.ts";
import type { Stage } from "./steps.ts";
import { bufferAt, valuesOf } from "./write-records.ts";

type ForwardMode = Pick<
  ForwardPass,
  "count" | "ownStatistics" | "batchNormDecay" | "dropout" | "random"
>;
type BackwardMode = Pick<BackwardPass, "count" | "ownStatistics">;

type GroupStage = Extract<Stage, { readonly kind: "group" }>;

/** Computes in a network's memory. */
export class SingleOperations {
  readonly #plan: TrainingPlan;
  readonly #layout: Layout;
  readonly #buffer: ArrayBufferLike;
  /** By group: what its layer keeps for the way back. */
  readonly #kept: readonly Kept[];

  constructor(plan: TrainingPlan, layout: Layout, buffer: ArrayBufferLike) {
    this.#plan = plan;
    this.#layout = layout;
    this.#buffer = buffer;
    this.#kept = layout.groups.map(() => ({}));
  }

  /** What is made of parameters before a pass: weights' 8 bits, and classifiers' biases with rows filled up. */
  prepare(): void {
    const { rounded, graph } = this.#plan;
    for (const layer of rounded) {
      const { weights, bias } = layer;
      const of = (part: "values" | "used") => ({
        weights: this.#parameter(weights, part),
        bias: bias === undefined ? undefined : this.#parameter(bias, part),
      });
      const channels = required(graph.parameters, weights).shape.at(-1)!;
      roundLayer(of("values"), layer, { channels, into: of("used") });
    }
    for (const [index, group] of this.#layout.groups.entries()) {
      if (group.kind !== "dense") continue;
      const { paddedBias } = this.#layout.places[index]!.dense!;
      this.#floats(paddedBias, group.output[3]).set(this.#values(group.bias));
    }
  }

  forward({ group, index }: GroupStage, mode: ForwardMode): void {
    if (group.kind === "compact") {
      this.#copy(group, index, mode.count);
      return;
    }
    const { operation } = group;
    layerOf(operation).forward(operation, { ...mode, ...this.#shared(index, mode.count) });
  }

  backward({ group, index }: GroupStage, mode: BackwardMode): void {
    const { count } = mode;
    const { whole, contributions } = this.#layout.gradients.groups[index]!;
    const gradient = this.#buffered(whole, index, count);
    const inputGradients = group.sources.map((source, i) =>
      this.#openPart(contributions[i], source, count),
    );
    if (group.kind === "compact") {
      addWidened(gradient, inputGradients[0]!, pitches(group, this.#layout));
      return;
    }
    layerOf(group.operation).backward(group.operation, {
      ...mode,
      ...this.#shared(index, count),
      gradient,
      inputGradients,
      parameterGradient: (name) => this.#parameter(name, "gradient"),
    });
  }

  /** Adds the gradient of a layer's output to a buffer, its shortcut's. */
  add(index: number, into: number, count: number): void {
    const { whole } = this.#layout.gradients.groups[index]!;
    const [from, to] = [this.#buffered(whole, index, count), this.#buffered(into, index, count)];
    addInto(to, from, from.length);
  }

  outputs(count: number): Outputs {
    return new Map(
      this.#layout.outputs.map(({ name, source }, i) => {
        const size = count * sampleSize(this.#plan.outputs[i]!.shape);
        return [name, this.#floats(valuesOf(this.#layout, source), size)];
      }),
    );
  }

  /** Puts the outputs' gradients where the way back begins. */
  takeGradients(gradients: Outputs, count: number): void {
    const { groups, outputs, gradients: plan } = this.#layout;
    for (const [i, { name, source }] of outputs.entries()) {
      const [part, group] = [plan.outputs[i], groups[source]];
      if (part === undefined || group === undefined) continue;
      const into = this.#openPart(part, source, count)!;
      const given = gradients.get(name);
      if (given !== undefined) {
        const size = count * sampleSize(this.#plan.outputs[i]!.shape);
        checkGradient(name, given, size);
        if (part.clears) into.set(given.subarray(0, size));
        else for (let k = 0; k < size; k++) into[k]! += given[k]!;
      }
      if (group.kind === "dense") this.#takeClasses(group, source, into);
    }
  }

  /** A classifier's way back reads rows filled up, and its bias's gradient is their sum. */
  #takeClasses(group: DenseGroup, index: number, gradient: Float32Array): void {
    const classes = group.output[3];
    const padded = roundUp8(classes);
    const { paddedGradient } = this.#layout.places[index]!.dense!;
    const filled = this.#floats(paddedGradient, (gradient.length / classes) * padded);
    const dbias = this.#parameter(group.bias, "gradient");
    for (const [i, value] of gradient.entries()) {
      filled[Math.floor(i / classes) * padded + (i % classes)] = value;
      dbias[i % classes]! += value;
    }
  }

  #copy(group: CompactGroup, index: number, count: number): void {
    const { channels, pitch, pixels } = pitches(group, this.#layout);
    const from = this.#map(group.sources[0], count);
    const to = this.#map(index, count);
    for (let pixel = 0; pixel < count * pixels; pixel++) {
      to.set(from.subarray(pixel * pitch, pixel * pitch + channels), pixel * channels);
    }
  }

  #shared(
    index: number,
    count: number,
  ): Pick<ForwardPass, "inputs" | "output" | "kept" | "values"> {
    const { sources } = this.#layout.groups[index]!;
    return {
      inputs: (sources as readonly number[]).map((source) => this.#map(source, count)),
      output: this.#map(index, count),
      kept: this.#kept[index]!,
      values: (name) => this.#values(name),
    };
  }

  /** The buffer of a part of a gradient, cleared where nothing lies in it yet. */
  #openPart(
    part: Contribution | undefined,
    source: number,
    count: number,
  ): Float32Array | undefined {
    if (part === undefined) return undefined;
    const into = this.#buffered(part.into, source, count);
    if (part.clears) into.fill(0);
    return into;
  }

  /** A group's values, or the network's input. */
  #map(source: number, count: number): Float32Array {
    const group = this.#layout.groups[source];
    const size = group === undefined ? sampleSize(this.#plan.input) : mapSize(group);
    return this.#floats(valuesOf(this.#layout, source), count * size);
  }

  /** A buffer as the gradient of a group's values. */
  #buffered(id: number, group: number, count: number): Float32Array {
    return this.#floats(bufferAt(this.#layout, id), count * mapSize(this.#layout.groups[group]!));
  }

  #values(name: string): Float32Array {
    return this.#parameter(name, "used");
  }

  #parameter(name: string, part: "values" | "gradient" | "used"): Float32Array {
    const address = required(this.#layout.parameters, name)[part];
    return this.#floats(address!, parameterSize(this.#plan, name));
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#buffer, address, count);
  }
}

interface Pitches {
  readonly channels: number;
  readonly pitch: number;
  /** Of a sample. */
  readonly pixels: number;
}

function pitches({ sources, output }: CompactGroup, { groups }: Layout): Pitches {
  const [, rows, columns, channels] = output;
  return { channels, pitch: pitchOf(groups[sources[0]]!), pixels: rows * columns };
}

/** Adds the gradients of compact channels to those of a map with more. */
function addWidened(compact: Float32Array, wide: Float32Array, { channels, pitch }: Pitches): void {
  for (let pixel = 0; pixel * channels < compact.length; pixel++) {
    const [from, to] = [pixel * channels, pixel * pitch];
    for (let c = 0; c < channels; c++) wide[to + c]! += compact[from + c]!;
  }
}
