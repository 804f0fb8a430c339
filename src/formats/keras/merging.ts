/** Layers that make one tensor of several. */
import { formatShape, sameShape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";

export const mergingLayers: Readonly<Record<string, ReadLayer>> = {
  Add: (layer) => merge(layer, layer.inputs(), sum),
  Multiply: (layer) => merge(layer, layer.inputs(), product),
  Subtract: (layer) => {
    const [a, b, ...others] = layer.inputs();
    if (a === undefined || b === undefined || others.length > 0) {
      throw layer.fault("invalid-model", "it has other than two inputs");
    }
    return difference(layer, a, b);
  },
  Average: (layer) => {
    const inputs = layer.inputs();
    const total = merge(layer, inputs, (...of) => sum(of[0], of[1], of[2], `sum${of[3]}`));
    return layer.affine(total, { scale: [1 / inputs.length], offset: [0] });
  },
  Concatenate: (layer) => concatenate(layer, layer.inputs(), layer.config.value("axis") ?? -1),
};

/** Merges two tensors; `part` is empty for the last two. */
type Merge = (layer: LayerImport, a: KerasTensor, b: KerasTensor, part: string) => KerasTensor;

function merge(layer: LayerImport, inputs: readonly KerasTensor[], two: Merge): KerasTensor {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) {
    throw layer.fault("invalid-model", "it has too few inputs", "2 or more", `${inputs.length}`);
  }
  return others.reduce(
    (total, other, i) => two(layer, total, other, i === others.length - 1 ? "" : `${i}`),
    first,
  );
}

/** The sum of two tensors of one shape. */
export const sum: Merge = (layer, a, b, part) => {
  requireSame(layer, a, b);
  return layer.add(part, { op: "add" }, [a, b]);
};

/** The product of two tensors of one shape, or of a map and a value for each channel. */
export const product: Merge = (layer, a, b, part) => {
  const perChannel = ({ dims }: KerasTensor, map: KerasTensor): boolean =>
    dims.slice(0, -1).every((size) => size === 1) && dims.at(-1) === map.dims.at(-1);
  const [map, other] = perChannel(a, b) ? [b, a] : [a, b];
  if (!perChannel(other, map)) requireSame(layer, a, b);
  return layer.add(part, { op: "multiply" }, [map, other]);
};

/** One tensor without another of its shape. */
export function difference(layer: LayerImport, a: KerasTensor, b: KerasTensor): KerasTensor {
  requireSame(layer, a, b);
  const negative = layer.scaled("negative", b, -1);
  return layer.add("", { op: "add" }, [a, negative]);
}

/** Tensors side by side along an axis that counts the batch, or from the end. */
export function concatenate(
  layer: LayerImport,
  inputs: readonly KerasTensor[],
  axis: unknown,
): KerasTensor {
  const rank = inputs[0]?.dims.length ?? 0;
  const place = typeof axis === "number" && axis < 0 ? axis + rank + 1 : axis;
  const at = typeof place === "number" ? place + 3 - rank : 0;
  if (!(at === 1 || at === 2 || at === 3) || at < 4 - rank) {
    throw layer.fault("unsupported", "its axis is not read", `1 to ${rank}, or -1`, quote(axis));
  }
  const other = inputs.find(({ dims }) => dims.length !== rank);
  if (other !== undefined) {
    const [expected, received] = [`${rank}`, formatShape(other.dims)];
    throw layer.fault("invalid-model", "its inputs differ in dimensions", expected, received);
  }
  const [only] = inputs;
  return inputs.length === 1 && only ? only : layer.add("", { op: "concat", axis: at }, inputs);
}

function requireSame(layer: LayerImport, a: KerasTensor, b: KerasTensor): void {
  if (sameShape(a.dims, b.dims)) return;
  const [expected, received] = [formatShape(a.dims), formatShape(b.dims)];
  throw layer.fault("unsupported", "its inputs are of different shapes", expected, received);
}
