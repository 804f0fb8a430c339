/**
 * The picture that a Keras model takes: rows, columns and channels of its input layer. Sizes may be left
 * open there; then what reads the input may say them, models inside or a Resizing layer, else the caller
 * does, else they are assumed.
 */
import { MobileNetError } from "../../errors.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { layerLabel } from "./listed-layers.ts";
import type { KerasLayer, KerasNetwork } from "./network.ts";
import { passingLayers } from "./passing.ts";
import { scalingLayers } from "./scaling.ts";
import { Config } from "./values.ts";

/** What networks of this family are trained at. */
const usualSize = 224;

/** Rows, columns and channels, and what nobody says of them. */
export interface KerasInput {
  readonly dims: readonly [rows: number, columns: number, channels: number];
  /** Whether rows and columns stand in the file; else a caller may give them. */
  readonly isStated: boolean;
  /** Whether its values are whole numbers, from 0 to 255 in a picture. */
  readonly isWhole: boolean;
  /** The Resizing layer that makes this size of pictures of any size. */
  readonly resizing: KerasLayer | undefined;
}

/** A size as a file gives it: open where null. */
type OpenShape = readonly (number | undefined)[];

/**
 * The input of a network.
 *
 * @param wanted - Rows and columns where the file leaves them open, as the caller has them.
 * @throws MobileNetError `invalid-model`, `unsupported` where it is no picture.
 */
export function inputOf(
  network: KerasNetwork,
  wanted: readonly [rows: number, columns: number] | undefined,
  place: string,
): KerasInput {
  const layer = network.layers.find(({ operands }) => operands.length === 0);
  const at = layer === undefined ? place : `${place}, ${layerLabel(layer)}`;
  const own = layer && shapeOf(layer, place);
  if (layer === undefined || own === undefined) {
    throw new MobileNetError("unsupported", "the model does not say what it takes", {
      node: at,
      expected: "an input of rows, columns and channels",
      received: "none",
    });
  }
  const filled = own.length === 3 ? fill(own, network, layer, place) : undefined;
  const [rows, columns, channels] = filled?.shape ?? [];
  if (own.length !== 3 || !(channels === 1 || channels === 3)) {
    throw new MobileNetError("unsupported", "the model takes no picture", {
      node: at,
      expected: "rows, columns and 1 or 3 channels",
      received: own.map((size) => size ?? "any").join("×"),
    });
  }
  const [height = usualSize, width = usualSize] = wanted ?? [];
  return {
    dims: [rows ?? height, columns ?? width, channels],
    isStated: rows !== undefined && columns !== undefined,
    isWhole: /^u?int/.test(dtypeOf(layer)),
    resizing: filled?.resizing,
  };
}

/** Refuses what an inner model's input layer does not take. */
export function checkInner(layer: KerasLayer, dims: Shape, place: string): void {
  const shape = shapeOf(layer, place);
  const fits =
    shape === undefined ||
    (shape.length === dims.length &&
      shape.every((size, axis) => size === undefined || size === dims[axis]));
  if (fits) return;
  throw new MobileNetError("invalid-model", "a model inside takes something else", {
    node: `${place}, ${layerLabel(layer)}`,
    expected: shape.map((size) => size ?? "any").join("×"),
    received: formatShape(dims),
  });
}

/** What an input layer says, without the batch. */
function shapeOf({ config, className, name }: KerasLayer, place: string): OpenShape | undefined {
  const shape = config["batch_input_shape"] ?? config["batch_shape"];
  if (shape === undefined || shape === null) return undefined;
  const isSize = (size: unknown): boolean =>
    size === null || (Number.isSafeInteger(size) && (size as number) >= 1);
  if (Array.isArray(shape) && shape.length <= 8 && shape.every(isSize)) {
    return shape.slice(1).map((size: number | null) => size ?? undefined);
  }
  throw new MobileNetError("invalid-model", "the input's shape is malformed", {
    node: `${place}, ${layerLabel({ className, name })}`,
    expected: "sizes of at least 1, or null",
    received: quote(shape),
  });
}

/** What the layers say that alone read the input, one after another. */
function fill(
  own: OpenShape,
  { layers }: KerasNetwork,
  first: KerasLayer,
  place: string,
): { readonly shape: OpenShape; readonly resizing?: KerasLayer } {
  const readers = new Map<string, KerasLayer[]>();
  for (const layer of layers) {
    for (const operand of layer.operands) {
      if (!("key" in operand)) continue;
      const list = readers.get(operand.key) ?? [];
      list.push(layer);
      readers.set(operand.key, list);
    }
  }
  let shape = own;
  let key = first.key;
  while (shape.includes(undefined)) {
    const [next, ...others] = readers.get(key) ?? [];
    if (next === undefined || others.length > 0) return { shape };
    const { className, config, name } = next;
    if (className === "Resizing") {
      const fields = new Config(config, `${place}, ${layerLabel({ className, name })}`);
      const size = [fields.count("height"), fields.count("width")];
      return { shape: [...size, shape[2]], resizing: next };
    }
    const inner = className === "InputLayer" ? shapeOf(next, place) : undefined;
    const passes =
      Object.hasOwn(passingLayers, className) || Object.hasOwn(scalingLayers, className);
    if (inner === undefined && !passes && !next.isOperation) return { shape };
    if (inner?.length === 3) shape = shape.map((size, axis) => size ?? inner[axis]);
    key = next.key;
  }
  return { shape };
}

/** `float32`, also where Keras 3 wraps it as a policy. */
function dtypeOf({ config }: KerasLayer): string {
  const { dtype } = config;
  return typeof dtype === "string" ? dtype : "float32";
}
