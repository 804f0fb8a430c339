/**
 * A TensorFlow graph while it becomes ours: what each tensor is, nodes and parameters as they are
 * needed, and errors that name the node, its operation and what wrote the file. What cannot be read
 * stands in the way only where an output needs it.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Graph, Parameter } from "../../graph/ir.ts";
import { elementCount, type Shape, sameShape } from "../../tensor.ts";
import { GraphImport, type NodeBody } from "../graph-import.ts";
import type { GraphConstant } from "./constants.ts";
import type { GraphDef, GraphNode, NodeOutput } from "./graph-def.ts";
import {
  type Base,
  featureOf,
  type MapTensor,
  type PendingAffine,
  type TensorValue,
} from "./values.ts";

/** What happens to a picture before the first operation with weights. */
export type FrontStep =
  | {
      readonly kind: "resize";
      readonly from: readonly [rows: number, columns: number];
      readonly to: readonly [rows: number, columns: number];
      readonly alignCorners: boolean;
      readonly halfPixelCenters: boolean;
    }
  | {
      readonly kind: "pad";
      /** Rows and columns that are added at the end; at the beginning there may be none. */
      readonly after: readonly [rows: number, columns: number];
      readonly before: number;
      /** The picture's value, before its range was changed, that the border is worth. */
      readonly value: readonly number[];
    }
  | {
      readonly kind: "entry";
      readonly size: readonly [rows: number, columns: number];
    };

/** What the file is, for errors and bounds. */
export interface ImportedFile {
  readonly place: string;
  /** Of weights and topology together. */
  readonly bytes: number;
  /** `TensorFlow 2.15.0`, say. */
  readonly framework: string | undefined;
}

/** Collects what the tensors of a graph are. */
export class GraphDefImport {
  readonly graph: GraphDef;
  readonly front: FrontStep[] = [];
  /** What is unusual and good to know, each once. */
  readonly notes: Set<string> = new Set();
  readonly #import: GraphImport<string>;
  readonly #file: ImportedFile;
  readonly #values = new Map<string, readonly TensorValue[]>();
  #parameters = 0;
  #allowance: number;

  constructor(graph: GraphDef, file: ImportedFile) {
    this.graph = graph;
    this.#file = file;
    this.#import = new GraphImport(file.place, file.bytes);
    this.#allowance = 4 * file.bytes + 1_000_000;
  }

  /** What a node gives, by port; empty where it was not read. */
  outputs(name: string): readonly TensorValue[] {
    return this.#values.get(name) ?? [];
  }

  /** What an input is. */
  value({ node, port }: NodeOutput): TensorValue {
    const given = this.#values.get(node);
    const found = given?.[0]?.type === "unread" && given.length === 1 ? given[0] : given?.[port];
    if (found !== undefined) return found;
    const error = new MobileNetError("invalid-model", `nothing gives output ${port} of a node`, {
      node,
    });
    return { type: "unread", error };
  }

  /** Says what a node gives. */
  set(name: string, values: readonly TensorValue[]): void {
    this.#values.set(name, values);
  }

  /** Counts numbers that are computed on the way, before they are. */
  spend(node: GraphNode, numbers: number): void {
    this.#allowance -= numbers;
    if (this.#allowance >= 0) return;
    throw this.fault("invalid-model", node, "constants that take far more than the file holds");
  }

  /** A map that a node of ours gives, under TensorFlow's shape. */
  map(
    node: GraphNode,
    of: { readonly body: NodeBody; readonly feature: FeatureShape },
    as: Partial<Pick<MapTensor, "shape" | "kind" | "front">> = {},
  ): MapTensor {
    const { shape = of.feature, kind = "float", front = false } = as;
    return { type: "map", kind, shape, front, base: { name: node.name, ...of } };
  }

  /**
   * The node that gives a map's values with everything done to them.
   *
   * @param feature - Rows, columns and channels as wanted; those of its shape where absent.
   */
  nodeOf(map: MapTensor, feature: FeatureShape = featureOf(map.shape)): string {
    const { base, affine } = map;
    if (affine === undefined) {
      return this.#shaped(this.#added(base), { from: base.feature, to: feature, name: base.name });
    }
    const own = featureOf(map.shape);
    affine.settled ??= { node: this.#scaled(map, affine, own), feature: own };
    const { node, feature: from } = affine.settled;
    return this.#shaped(node, { from, to: feature, name: base.name });
  }

  /** The node that gives a map with the shape that this node has anyway. */
  outputNode(map: MapTensor): string {
    const isVector = map.shape.length <= 2;
    const asItIs = map.affine === undefined && !isVector;
    return this.nodeOf(map, asItIs ? map.base.feature : featureOf(map.shape));
  }

  /** The name of a new parameter. */
  parameter(name: string, parameter: Parameter): string {
    return this.#import.parameter(`${this.#parameters++}`, { name, use: "" }, () => parameter);
  }

  /** Adds a node between two of the file's. */
  add(name: string, body: NodeBody, shape: FeatureShape): string {
    const node = this.#import.add(name, body, undefined);
    this.#import.alias(node, node, { node, shape, quantization: undefined });
    return node;
  }

  /** The graph with these nodes as outputs, its shapes checked. */
  finish(name: string, outputs: readonly string[]): Graph {
    return this.#import.finish(
      name,
      outputs.map((node) => ({ key: node, name: node })),
    );
  }

  /** An error that names a node, its operation and what wrote the file. */
  fault(code: "invalid-model" | "unsupported", node: GraphNode, summary: string): MobileNetError {
    const { framework } = this.#file;
    const by = framework === undefined ? "" : ` of ${framework}`;
    return this.#import.fault(code, { label: `${node.op}${by}`, output: node.name }, summary);
  }

  #added(base: Base): string {
    base.node ??= this.add(base.name, base.body, base.feature);
    return base.node;
  }

  #shaped(
    node: string,
    { from, to, name }: { readonly from: FeatureShape; readonly to: FeatureShape; name: string },
  ): string {
    if (sameShape(from, to)) return node;
    const [, rows, columns, channels] = to;
    const body = { op: "reshape", inputs: [node], shape: [rows, columns, channels] } as const;
    return this.add(`${name}/reshape`, body, to);
  }

  /** A map times its scale plus its offset: by a convolution's bias where that does it. */
  #scaled({ base }: MapTensor, { scale, offset }: PendingAffine, own: FeatureShape): string {
    const channels = own[3];
    const each = (values: readonly number[]): Float32Array =>
      Float32Array.from({ length: channels }, (_, c) => values[values.length === 1 ? 0 : c] ?? 0);
    const { body } = base;
    const isConvolution = body.op === "conv2d" || body.op === "depthwiseConv2d";
    if (
      isConvolution &&
      base.node === undefined &&
      body.bias === undefined &&
      base.feature[3] === channels &&
      scale.every((factor) => factor === 1)
    ) {
      const bias = this.#vector(`${base.name}/bias`, each(offset));
      const node = this.add(base.name, { ...body, bias }, base.feature);
      return this.#shaped(node, { from: base.feature, to: own, name: base.name });
    }
    const input = this.#shaped(this.#added(base), {
      from: base.feature,
      to: own,
      name: base.name,
    });
    const name = `${base.name}/scaled`;
    const zeros = new Float32Array(channels);
    const normalize = {
      op: "batchNorm",
      inputs: [input],
      gamma: this.#vector(`${name}/gamma`, each(scale)),
      beta: this.#vector(`${name}/beta`, each(offset)),
      mean: this.#vector(`${name}/mean`, zeros),
      variance: this.#vector(
        `${name}/variance`,
        zeros.map(() => 1),
      ),
      epsilon: 0,
    } as const;
    return this.add(name, normalize, own);
  }

  #vector(name: string, data: Float32Array): string {
    return this.parameter(name, { shape: [data.length], data });
  }
}

/** A constant's numbers as float32 under a shape. */
export function floats({ data }: GraphConstant, shape: Shape): Parameter {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return { shape, data: values.subarray(0, elementCount(shape)) };
}

/** Scales and shifts one after another. */
export function composed(first: PendingAffine | undefined, second: PendingAffine): PendingAffine {
  if (first === undefined) return second;
  const length = Math.max(
    ...[first.scale, first.offset, second.scale, second.offset].map((list) => list.length),
  );
  const at = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c] ?? 0;
  const each = Array.from({ length }, (_, c) => c);
  return {
    scale: each.map((c) => at(first.scale, c) * at(second.scale, c)),
    offset: each.map((c) => at(first.offset, c) * at(second.scale, c) + at(second.offset, c)),
  };
}
