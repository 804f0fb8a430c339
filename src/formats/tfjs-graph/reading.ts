/** One operation while it is read: its inputs as what they have to be, and errors about it. */
import type { MobileNetError } from "../../errors.ts";
import type { FeatureShape } from "../../graph/ir.ts";
import { formatShape } from "../../tensor.ts";
import { textOf } from "./attributes.ts";
import type { GraphConstant } from "./constants.ts";
import type { GraphNode } from "./graph-def.ts";
import type { GraphDefImport } from "./importer.ts";
import { featureAxis, type MapTensor, type TensorValue } from "./values.ts";

/** What an operation becomes: its outputs by port. */
export type Reader = (reading: Reading) => TensorValue | readonly TensorValue[];

/** The readers of operations, by TensorFlow's names. */
export type ReaderTable = Readonly<Record<string, Reader>>;

/** An operation with what its inputs are. */
export class Reading {
  readonly importer: GraphDefImport;
  readonly node: GraphNode;
  readonly inputs: readonly TensorValue[];

  constructor(importer: GraphDefImport, node: GraphNode, inputs: readonly TensorValue[]) {
    this.importer = importer;
    this.node = node;
    this.inputs = inputs;
  }

  /** The same operation on other inputs. */
  on(...inputs: readonly TensorValue[]): Reading {
    return new Reading(this.importer, this.node, inputs);
  }

  /** An input that depends on the picture. */
  map(position: number): MapTensor {
    const input = this.inputs[position];
    if (input?.type === "map") return input;
    if (input === undefined) throw this.malformed(`input ${position} is missing`);
    throw this.unsupported(
      input.type === "constant" ? `input ${position} is a constant` : `input ${position} is no map`,
    );
  }

  /** An input that does not. */
  constant(position: number): GraphConstant {
    const input = this.inputs[position];
    if (input?.type === "constant") return input.value;
    if (input === undefined) throw this.malformed(`input ${position} is missing`);
    throw this.unsupported(`input ${position} is no constant`);
  }

  /** Whether an input is a constant. */
  isConstant(position: number): boolean {
    return this.inputs[position]?.type === "constant";
  }

  /** Refuses layouts whose channels are not last. */
  requireChannelsLast(): void {
    const layout = textOf(this.node, "data_format") ?? "NHWC";
    if (layout === "NHWC") return;
    throw this.unsupported(`the data format ${layout}; only NHWC is read`);
  }

  /** A map as rows, columns and channels of one picture; other layouts are refused by name. */
  feature(position: number): MapTensor & { readonly shape: FeatureShape } {
    this.requireChannelsLast();
    const map = this.map(position);
    if (map.shape.length === 4 && map.shape[0] === 1) return map as never;
    throw this.unsupported(`input ${position} is ${formatShape(map.shape)}, not one picture's map`);
  }

  /** The axis of four that one of a map's axes is. */
  axis(map: MapTensor, axis: number): 0 | 1 | 2 | 3 {
    const found = featureAxis(map.shape, axis);
    if (found !== undefined) return found;
    throw this.unsupported(`axis ${axis} of ${formatShape(map.shape)}`);
  }

  unsupported(summary: string): MobileNetError {
    return this.importer.fault("unsupported", this.node, summary);
  }

  malformed(summary: string): MobileNetError {
    return this.importer.fault("invalid-model", this.node, summary);
  }
}
