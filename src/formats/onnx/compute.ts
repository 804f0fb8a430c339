/**
 * Operators that compute: in 8 bits where the tensors that they read come from 8 bits and what they give
 * goes back to them (DequantizeLinear in front, QuantizeLinear behind, as tools for quantising write it),
 * else with real numbers.
 */
import type { Activation, Quantization } from "../../graph/ir.ts";
import type { Shape } from "../../tensor.ts";
import type { NodeBody } from "../graph-import.ts";
import type { OnnxImport } from "./onnx-import.ts";
import { isSameQuantization, type OnnxValueRead, type Place } from "./onnx-values.ts";
import { OnnxOperation } from "./operation.ts";
import type { StoredNode } from "./schema.ts";
import { type Groups, shapeOf, viewOf } from "./view.ts";

/** What an operator computes. */
export interface Computation {
  readonly inputs: readonly OnnxValueRead[];
  /** Where the inputs' dimensions have to lie; those of a single input may lie anywhere where absent. */
  readonly groups?: Groups | undefined;
  /** The output's dimensions, which lie as the inputs' do; those of the first input where absent. */
  readonly dims?: Shape | undefined;
  /** Where the output's dimensions lie, if elsewhere. */
  readonly outputGroups?: Groups | undefined;
  /**
   * The node.
   *
   * @param as - The 8 bits of its output; float32 where absent.
   * @returns Undefined where there is no such node in 8 bits.
   */
  body(places: readonly Place[], as: Quantization | undefined): NodeBody | undefined;
}

/** Adds the node of an operator that computes, and says what its output is. */
export function compute(op: OnnxOperation, computation: Computation): void {
  const { inputs } = computation;
  const target = inputs.every(({ quantization }) => quantization !== undefined)
    ? targetBehind(op.importer, op.output)
    : undefined;
  if (target !== undefined && emit(op, computation, inputs, target)) return;
  const floats = inputs.map((value) => op.importer.float(value));
  if (emit(op, computation, floats, undefined)) return;
  throw op.fault("unsupported", "no such operation on these inputs");
}

function emit(
  op: OnnxOperation,
  { groups, dims, outputGroups = groups, body }: Computation,
  inputs: readonly OnnxValueRead[],
  target: Target | undefined,
): boolean {
  const places = inputs.map((value) => (groups === undefined ? value : op.arrange(value, groups)));
  const [first] = inputs;
  const as = target?.quantization;
  const made = body(places, as);
  if (first === undefined || made === undefined) return false;
  const { batch } = first.view;
  const given = dims ?? first.view.dims;
  const lies =
    outputGroups === undefined
      ? { shape: first.shape, view: first.view }
      : {
          shape: shapeOf({ dims: given, batch }, outputGroups),
          view: viewOf(given, outputGroups, batch),
        };
  const value = { ...lies, quantization: as, integers: false };
  if (target?.activation === undefined) {
    op.define({ ...value, node: op.add(made, as) });
    return true;
  }
  const { kind, readers } = target.activation;
  const after = new OnnxOperation(op.importer, readers.at(-1) ?? readers[0]);
  for (const reader of readers) op.importer.done.add(reader);
  const joined =
    made.op === "conv2d" || made.op === "depthwiseConv2d"
      ? { ...made, activation: kind }
      : undefined;
  const node =
    joined === undefined
      ? after.add({ op: "activation", inputs: [op.add(made, as)], activation: kind }, as)
      : after.add(joined, as);
  after.define({ ...value, node });
  return true;
}

/** The 8 bits that a tensor goes into. */
interface Target {
  readonly quantization: Quantization;
  /** What is applied on the way there, and the operators that say so, the first one first. */
  readonly activation?: {
    readonly kind: Exclude<Activation, "none">;
    readonly readers: readonly [StoredNode, ...StoredNode[]];
  };
}

/** Operators of activation in a row: some exporters write ReLU in front of ReLU6. */
const mostActivations = 3;

/** The 8 bits that all of a tensor's readers put it into, or those of the one reader of its activation. */
function targetBehind(importer: OnnxImport, name: string): Target | undefined {
  let at = name;
  let kind: Exclude<Activation, "none"> | undefined;
  const readers: StoredNode[] = [];
  while (readers.length < mostActivations) {
    const reader = importer.onlyReader(at);
    const found = reader && activationOf(new OnnxOperation(importer, reader));
    if (reader === undefined || found === undefined) break;
    kind = kind === "relu6" ? kind : found;
    readers.push(reader);
    at = reader.outputs[0] ?? "";
  }
  const quantization = bytesBehind(importer, at);
  const [first, ...others] = readers;
  if (quantization === undefined || first === undefined || kind === undefined) {
    return quantization && { quantization };
  }
  return { quantization, activation: { kind, readers: [first, ...others] } };
}

/** The 8 bits that all of a tensor's readers put it into. */
export function bytesBehind(importer: OnnxImport, name: string): Quantization | undefined {
  if (importer.leaves(name)) return undefined;
  const [first, ...others] = importer.readers(name).map((reader) => {
    const quantizes = reader.kind === "QuantizeLinear" && reader.inputs.indexOf(name) === 0;
    return quantizes ? storedQuantization(new OnnxOperation(importer, reader)) : undefined;
  });
  const alike = others.every((other) => {
    return first !== undefined && other !== undefined && isSameQuantization(first, other);
  });
  return alike ? first : undefined;
}

/**
 * The 8 bits of QuantizeLinear or DequantizeLinear; undefined where they are not of one scale that is
 * known, or are no 8 bits.
 */
export function storedQuantization(op: OnnxOperation): Quantization | undefined {
  if (!op.isConstant(1) || (op.has(2) && !op.isConstant(2))) return undefined;
  const { data: scales } = op.constant(1);
  const zeros = op.has(2) ? op.constant(2).data : Uint8Array.of(0);
  const [scale = 0] = scales;
  const [zeroPoint = 0] = zeros;
  const bytes = zeros instanceof Uint8Array || zeros instanceof Int8Array;
  const sound = scales.length === 1 && zeros.length === 1 && scale > 0 && Number.isFinite(scale);
  if (!bytes || !sound) return undefined;
  return { dtype: zeros instanceof Uint8Array ? "uint8" : "int8", scale, zeroPoint };
}

/** The largest number of single precision: a bound that bounds nothing. */
const largest = 3.4028234663852886e38;

/** The bounds of Clip: settings in old versions, constants in new ones. */
export function clipBounds(op: OnnxOperation): readonly [low: number, high: number] {
  const [low, high] = [op.setting("min") ?? op.number(1), op.setting("max") ?? op.number(2)];
  return [Math.max(low ?? -largest, -largest), Math.min(high ?? largest, largest)];
}

/** Whether bounds are those of ReLU or ReLU6. */
export function activationOfBounds([low, high]: readonly [number, number]):
  | Exclude<Activation, "none">
  | undefined {
  if (low !== 0) return undefined;
  return high === 6 ? "relu6" : high === largest ? "relu" : undefined;
}

/** Whether bounds bound nothing. */
export function isUnbounded([low, high]: readonly [number, number]): boolean {
  return low === -largest && high === largest;
}

function activationOf(op: OnnxOperation): Exclude<Activation, "none"> | undefined {
  if (op.node.domain !== "") return undefined;
  if (op.kind === "Relu") return "relu";
  const known = [1, 2].every((position) => !op.has(position) || op.isConstant(position));
  return op.kind === "Clip" && known ? activationOfBounds(clipBounds(op)) : undefined;
}
