/**
 * What a pass goes through: lists of steps that the kernels walk (assembly/train/run.ts has the operations'
 * numbers), and between them what is computed here, group by group.
 */
import type { Contribution, GroupGradient } from "./gradients.ts";
import { pitchOf } from "./gradients.ts";
import type { CompactGroup, Group, SingleGroup } from "./groups.ts";
import { type Layout, rowsOfUnit } from "./layout.ts";
import { type Fields, recordPitch, recordSize, writeRecord } from "./records.ts";

const operation = {
  beginForward: 1,
  beginBackward: 2,
  endStatistics: 3,
  endLayer: 4,
  pointwiseForward: 5,
  depthwiseForward: 6,
  keep: 7,
  poolForward: 8,
  denseForward: 9,
  denseBackward: 10,
  poolBackward: 11,
  pointwiseBackward: 12,
  depthwiseBackward: 13,
  endSourceGradient: 14,
} as const;

/** Channels of a batch norm that are done at a time, as in assembly/train/layer.ts. */
const unitChannels = 64;

type Step = Fields<"Step">;

/** A part of a pass: a list of steps by its address, or something that is done here. */
export type Stage =
  | { readonly kind: "steps"; readonly at: number }
  /** A group that is computed by its layer, or copied. */
  | { readonly kind: "group"; readonly index: number; readonly group: SingleGroup | CompactGroup }
  /** A shortcut's gradient that is added to others. */
  | { readonly kind: "sum"; readonly index: number; readonly into: number };

/** The stages of the passes. */
export interface Stages {
  /** With the batch's statistics and with the moving ones. */
  readonly training: readonly Stage[];
  readonly evaluation: readonly Stage[];
  readonly backward: readonly Stage[];
}

/** Writes all lists. */
export function writeStages(layout: Layout, buffer: ArrayBufferLike): Stages {
  const writer = new StageWriter(layout, buffer);
  return {
    training: writer.forward(true),
    evaluation: writer.forward(false),
    backward: writer.backward(),
  };
}

class StageWriter {
  readonly #layout: Layout;
  readonly #buffer: ArrayBufferLike;
  #at: number;
  // Each step begins with the slice that the one before ended with, which may still be in a cache.
  #descending = false;

  constructor(layout: Layout, buffer: ArrayBufferLike) {
    this.#layout = layout;
    this.#buffer = buffer;
    this.#at = layout.steps;
  }

  forward(own: boolean): readonly Stage[] {
    const { groups } = this.#layout;
    return this.#stages([
      this.#all(operation.beginForward),
      ...groups.flatMap((group, index) => this.#forwardOf(group, index, own)),
    ]);
  }

  backward(): readonly Stage[] {
    const { groups, gradients } = this.#layout;
    const parts: (Step | Stage)[] = [this.#all(operation.beginBackward)];
    for (let index = groups.length - 1; index >= 0; index--) {
      parts.push(...this.#backwardOf(groups[index]!, index, gradients.groups[index]!));
    }
    return this.#stages(parts);
  }

  #forwardOf(group: Group, index: number, own: boolean): readonly (Step | Stage)[] {
    const place = this.#layout.places[index]!;
    switch (group.kind) {
      case "layer": {
        const { units, keeps } = place.layer!;
        const { form, norm } = group;
        const op = form === "depthwise" ? operation.depthwiseForward : operation.pointwiseForward;
        const ends = Math.ceil(pitchOf(group) / unitChannels);
        return [
          this.#slices(op, units),
          ...(own && norm ? [{ op: operation.endStatistics, units: ends, at: place.record }] : []),
          ...(place.output ? [this.#slices(operation.keep, keeps)] : []),
        ];
      }
      case "pool":
        return [this.#slices(operation.poolForward, place.pools)];
      case "dense":
        return [this.#slices(operation.denseForward, place.dense!.units)];
      default:
        return [{ kind: "group", index, group }];
    }
  }

  #backwardOf(group: Group, index: number, gradient: GroupGradient): readonly (Step | Stage)[] {
    const { places } = this.#layout;
    const place = places[index]!;
    const [source] = group.sources;
    const [part] = gradient.contributions;
    if (!gradient.wanted) return [];
    switch (group.kind) {
      case "layer": {
        const { units, finishes, depth } = place.layer!;
        const depthwise = group.form === "depthwise";
        const op = depthwise ? operation.depthwiseBackward : operation.pointwiseBackward;
        return [
          ...(gradient.unfinished
            ? [this.#slices(operation.endSourceGradient, finishes), this.#end(index, 0, 0, index)]
            : []),
          ...(gradient.addsTo === undefined
            ? []
            : [{ kind: "sum", index, into: gradient.addsTo } as const]),
          this.#slices(op, units),
          this.#end(index, depthwise ? 9 : depth, group.output[3], finished(part, source)),
        ];
      }
      case "pool":
        if (part === undefined) return [];
        return [
          this.#slices(operation.poolBackward, place.pools),
          ...(part.finishes ? [this.#end(index, 0, 0, finished(part, source))] : []),
        ];
      case "dense":
        return [
          this.#slices(operation.denseBackward, place.dense!.units),
          this.#end(index, group.features, group.output[3], undefined),
        ];
      default:
        return [{ kind: "group", index, group }];
    }
  }

  /** Adds up a layer's weight gradient, and ends the gradient of the layer that it reads, where that is whole. */
  #end(index: number, rows: number, columns: number, source: number | undefined): Step {
    const { groups, places } = this.#layout;
    const ownUnits = rows === 0 ? 0 : Math.ceil(rows / rowsOfUnit(columns));
    const group = source === undefined ? undefined : groups[source];
    const channels = group?.kind === "layer" ? pitchOf(group) : 0;
    return {
      op: operation.endLayer,
      units: ownUnits + Math.ceil(channels / unitChannels),
      at: places[index]!.record,
      source: group === undefined ? 0 : places[source!]!.record,
      ownUnits,
    };
  }

  #slices(op: number, first: number): Step {
    const [units, pitch] = [this.#layout.slices.length, recordPitch("Unit")];
    this.#descending = !this.#descending;
    return this.#descending
      ? { op, units, at: first + (units - 1) * pitch, pitch: -pitch }
      : { op, units, at: first, pitch };
  }

  #all(op: number): Step {
    const { layerRecords, layerCount } = this.#layout;
    return { op, units: layerCount, at: layerRecords, pitch: recordPitch("Layer") };
  }

  /** Writes steps that follow each other as lists. */
  #stages(parts: readonly (Step | Stage)[]): readonly Stage[] {
    const stages: Stage[] = [];
    let open = false;
    const close = (): void => {
      // Operation 0, the end.
      if (open) this.#at += recordSize("Step") * 4;
      open = false;
    };
    for (const part of parts) {
      if ("kind" in part) {
        close();
        stages.push(part);
        continue;
      }
      if (!open) stages.push({ kind: "steps", at: this.#at });
      open = true;
      writeRecord(this.#buffer, "Step", this.#at, part);
      this.#at += recordSize("Step") * 4;
    }
    close();
    return stages;
  }
}

/** The source whose gradient a reader makes whole, which a layer's end then ends. */
function finished(part: Contribution | undefined, source: number | undefined): number | undefined {
  return part?.finishes ? source : undefined;
}
