/**
 * Runs an ONNX model as the operators' definitions read, one scalar at a time, rounding to float32 after
 * each operator. Whatever a definition has that no writer here uses is refused.
 */
import { type OnnxTensor, readModel } from "./read-model.ts";
import { detectionDefinitions } from "./run-detection.ts";
import {
  averagePool,
  conv,
  type Definition,
  maxPool,
  product,
  real,
  window,
} from "./run-windows.ts";

/** The outputs of a model's file by name. */
export function runModel(
  file: Uint8Array,
  inputs: ReadonlyMap<string, OnnxTensor>,
): ReadonlyMap<string, OnnxTensor> {
  const model = readModel(file);
  const values = new Map<string, OnnxTensor>(model.constants);
  const absent: OnnxTensor = { element: "float32", dims: [0], data: [] };
  const define = (name: string, value: OnnxTensor): void => {
    if (name === "" || values.has(name)) throw new Error(`${name} is made twice`);
    values.set(name, value);
  };
  const checked = (name: string): OnnxTensor => {
    const value = name === "" ? absent : values.get(name);
    if (value === undefined) throw new Error(`${name} is not there when it is read`);
    return value;
  };
  for (const { name, element, dims } of model.inputs) {
    const value = inputs.get(name);
    if (value === undefined || value.element !== element || `${value.dims}` !== `${dims}`) {
      throw new Error(`input ${name} is ${element} of ${dims.join("×")}`);
    }
    define(name, value);
  }
  for (const { name, kind, inputs: names, outputs, attributes } of model.operators) {
    // Sums and products of a network are of maps; those of boxes repeat.
    const own = name.startsWith("detection/") ? detectionDefinitions[kind] : undefined;
    const definition = own ?? definitions[kind] ?? detectionDefinitions[kind];
    if (definition === undefined) throw new Error(`there is no definition of ${kind}`);
    const [known, run] = definition;
    const other = Object.keys(attributes).find((each) => !known.includes(each));
    const made = [run(names.map(checked), attributes)].flat();
    if (other !== undefined || outputs.length !== made.length) {
      throw new Error(`${kind} with ${other} gives ${made.length}`);
    }
    for (const [i, output] of outputs.entries()) define(output, made[i]!);
  }
  return new Map(
    model.outputs.map(({ name, element, dims }) => {
      const value = checked(name);
      if (value.element !== element || `${value.dims}` !== `${dims}`) {
        throw new Error(`output ${name} is ${value.element} of ${value.dims.join("×")}`);
      }
      return [name, value];
    }),
  );
}

const each =
  (of: (x: number) => number): Definition =>
  ([x]) =>
    real(x!.dims, (i) => of(x!.data[i]!));

/** A tensor's dimensions before an axis, along it and behind it, as three numbers. */
function around(dims: readonly number[], axis: number): readonly [number, number, number] {
  return [product(dims.slice(0, axis)), dims[axis]!, product(dims.slice(axis + 1))];
}

/** Rounds to the nearest whole number, halves to the even one. */
function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

const slice: Definition = ([x, starts, ends, axes]) => {
  const range = (axis: number): readonly [number, number] => {
    const at = Array.from(axes!.data).indexOf(axis);
    return at < 0 ? [0, x!.dims[axis]!] : [starts!.data[at]!, ends!.data[at]!];
  };
  const ranges = x!.dims.map((_, axis) => range(axis));
  const dims = ranges.map(([from, to]) => to - from);
  return real(dims, (index) => {
    let [rest, at, step] = [index, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += ((rest % dims[axis]!) + ranges[axis]![0]) * step;
      rest = Math.floor(rest / dims[axis]!);
      step *= x!.dims[axis]!;
    }
    return x!.data[at]!;
  });
};

const multiply: Definition = ([a, b]) => {
  const repeats = `${b!.dims}` !== `${a!.dims}`;
  const [n, c] = a!.dims;
  if (repeats && `${b!.dims}` !== `${[n, c, 1, 1]}`) throw new Error("a product of other shapes");
  const inner = repeats ? product(a!.dims.slice(2)) : 1;
  return real(a!.dims, (i) => a!.data[i]! * b!.data[Math.floor(i / inner)]!);
};

const resize: Definition = ([x, roi, scales, sizes], attributes) => {
  const nearest = attributes["mode"] === "nearest" ? attributes["nearest_mode"] : undefined;
  if (
    (attributes["mode"] !== "linear" && nearest === undefined) ||
    roi!.data.length + scales!.data.length > 0
  ) {
    throw new Error("another kind of resizing");
  }
  const dims = Array.from(sizes!.data);
  const [n, c, h, width] = x!.dims as [number, number, number, number];
  if (dims[0] !== n || dims[1] !== c) throw new Error("images and channels are not resized");
  const source = (
    to: number,
    from: number,
    position: number,
  ): readonly [number, number, number] => {
    const convention = attributes["coordinate_transformation_mode"];
    const scale = to / from;
    let at = position / scale;
    if (convention === "half_pixel") at = (position + 0.5) / scale - 0.5;
    else if (convention === "align_corners") {
      at = to === 1 ? 0 : (position * (from - 1)) / (to - 1);
    } else if (convention !== "asymmetric") throw new Error(`${convention}`);
    const within = (i: number): number => Math.min(Math.max(i, 0), from - 1);
    if (nearest !== undefined) {
      // A half in real numbers, whatever the quotient was rounded to.
      const near = Math.floor(at + (nearest === "floor" ? 0 : 0.5) + 1e-9);
      return [within(near), within(near), 0];
    }
    const low = Math.floor(at);
    return [within(low), within(low + 1), at - low];
  };
  const [rows, columns] = dims.slice(2) as [number, number];
  return real(dims, (index) => {
    const [x0, x1, fx] = source(columns, width, index % columns);
    const [y0, y1, fy] = source(rows, h, Math.floor(index / columns) % rows);
    const plane = Math.floor(index / (rows * columns)) * h;
    const at = (y: number, x_: number): number => x!.data[(plane + y) * width + x_]!;
    const top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
    const bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
    return top * (1 - fy) + bottom * fy;
  });
};

const pad: Definition = ([x, amounts]) => {
  const [n, c, h, width] = x!.dims as [number, number, number, number];
  const [a, b, top, left, d, e, bottom, right] = Array.from(amounts!.data);
  if (a! + b! + d! + e! > 0) throw new Error("images and channels are not padded");
  const [rows, columns] = [h + top! + bottom!, width + left! + right!];
  return real([n, c, rows, columns], (index) => {
    const [y, at] = [Math.floor(index / columns) % rows, index % columns];
    const plane = Math.floor(index / (rows * columns));
    const inside = y >= top! && y < top! + h && at >= left! && at < left! + width;
    return inside ? x!.data[(plane * h + y - top!) * width + at - left!]! : 0;
  });
};

const gemm: Definition = ([a, b, c], { transB }) => {
  const [n, inner] = a!.dims as [number, number];
  const [outputs, other] = b!.dims as [number, number];
  if (transB !== 1 || inner !== other) throw new Error("weights");
  return real([n, outputs], (index) => {
    const [image, o] = [Math.floor(index / outputs), index % outputs];
    let sum = c?.data[o] ?? 0;
    for (let i = 0; i < inner; i++) sum += a!.data[image * inner + i]! * b!.data[o * inner + i]!;
    return sum;
  });
};

const softmax: Definition = ([x], { axis }) => {
  const [, size, inner] = around(x!.dims, axis as number);
  return real(x!.dims, (index) => {
    const first = Math.floor(index / (size * inner)) * size * inner + (index % inner);
    const line = Array.from({ length: size }, (_, i) => x!.data[first + i * inner]!);
    const most = Math.max(...line);
    const total = line.reduce((sum, value) => sum + Math.exp(value - most), 0);
    return Math.exp(x!.data[index]! - most) / total;
  });
};

const argMax: Definition = ([x], { axis, keepdims }) => {
  const [outer, size, inner] = around(x!.dims, axis as number);
  const dims = x!.dims.map((dim, i) => (i === axis ? 1 : dim));
  const data = Array.from({ length: outer * inner }, (_, index) => {
    const first = Math.floor(index / inner) * size * inner + (index % inner);
    let best = 0;
    for (let i = 1; i < size; i++) {
      if (x!.data[first + i * inner]! > x!.data[first + best * inner]!) best = i;
    }
    return best;
  });
  return {
    element: "int64",
    dims: keepdims === 1 ? dims : dims.toSpliced(axis as number, 1),
    data,
  };
};

const concat: Definition = (inputs, { axis }) => {
  const sizes = inputs.map((input) => around(input.dims, axis as number));
  const [outer] = sizes[0]!;
  const parts = Array.from({ length: outer }, (_, o) =>
    inputs.map((input, i) => {
      const run = sizes[i]![1] * sizes[i]![2];
      return Array.from(input.data).slice(o * run, (o + 1) * run);
    }),
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const data = parts.flat(2);
  return real(
    inputs[0]!.dims.map((dim, i) => (i === axis ? total : dim)),
    (i) => data[i]!,
  );
};

const transpose: Definition = ([x], { perm }) => {
  const order = perm as readonly number[];
  const strides = x!.dims.map((_, i) => product(x!.dims.slice(i + 1)));
  const dims = order.map((axis) => x!.dims[axis]!);
  const data = Array.from({ length: x!.data.length }, (_, index) => {
    let [rest, at] = [index, 0];
    for (let i = dims.length - 1; i >= 0; i--) {
      at += (rest % dims[i]!) * strides[order[i]!]!;
      rest = Math.floor(rest / dims[i]!);
    }
    return x!.data[at]!;
  });
  return { element: x!.element, dims, data };
};

const quantize: Definition = ([x, scale, zero]) => {
  if (scale!.dims.length > 0 || zero!.element !== "uint8") throw new Error("another quantisation");
  const data = Array.from(x!.data, (value) => {
    const steps = halfToEven(Math.fround(value / scale!.data[0]!)) + zero!.data[0]!;
    return Math.min(Math.max(steps, 0), 255);
  });
  return { element: "uint8", dims: x!.dims, data };
};

const dequantize: Definition = ([x, scale, zero], { axis }) => {
  if (zero!.element !== x!.element) throw new Error("the zero point is of another type");
  if ((axis === undefined) !== (scale!.dims.length === 0)) throw new Error("an axis too many");
  const [, size, inner] = axis === undefined ? [1, 1, 1] : around(x!.dims, axis as number);
  if (scale!.data.length !== size || zero!.data.length !== size) throw new Error("scales");
  return real(x!.dims, (index) => {
    const channel = Math.floor(index / inner) % size;
    return (x!.data[index]! - zero!.data[channel]!) * scale!.data[channel]!;
  });
};

/** Operators with the attributes that they may have. */
const definitions: Readonly<Record<string, readonly [readonly string[], Definition]>> = {
  Conv: [[...window, "dilations", "group"], conv],
  Gemm: [["transB"], gemm],
  BatchNormalization: [
    ["epsilon"],
    ([x, scale, offset, mean, variance], { epsilon }) => {
      const [, channels, inner] = around(x!.dims, 1);
      return real(x!.dims, (index) => {
        const c = Math.floor(index / inner) % channels;
        const deviation = Math.sqrt(variance!.data[c]! + (epsilon as number));
        return (
          (scale!.data[c]! * (x!.data[index]! - mean!.data[c]!)) / deviation + offset!.data[c]!
        );
      });
    },
  ],
  Relu: [[], each((x) => Math.max(x, 0))],
  Clip: [
    [],
    ([x, low, high]) =>
      real(x!.dims, (i) => Math.min(Math.max(x!.data[i]!, low!.data[0]!), high!.data[0]!)),
  ],
  HardSigmoid: [
    ["alpha", "beta"],
    ([x], { alpha, beta }) =>
      real(x!.dims, (i) =>
        Math.min(Math.max((alpha as number) * x!.data[i]! + (beta as number), 0), 1),
      ),
  ],
  Tanh: [[], each(Math.tanh)],
  Elu: [
    ["alpha"],
    ([x], { alpha }) =>
      real(x!.dims, (i) => {
        const value = x!.data[i]!;
        return value >= 0 ? value : (alpha as number) * Math.expm1(value);
      }),
  ],
  LeakyRelu: [
    ["alpha"],
    ([x], { alpha }) =>
      real(x!.dims, (i) => (x!.data[i]! >= 0 ? 1 : (alpha as number)) * x!.data[i]!),
  ],
  Mul: [[], multiply],
  MaxPool: [[...window, "dilations"], maxPool],
  Slice: [[], slice],
  Sigmoid: [[], each((x) => 1 / (1 + Math.exp(-x)))],
  Add: [
    [],
    ([a, b]) => {
      if (`${a!.dims}` !== `${b!.dims}`) throw new Error("sums are of equal shapes");
      return real(a!.dims, (i) => a!.data[i]! + b!.data[i]!);
    },
  ],
  GlobalAveragePool: [
    [],
    ([x]) => {
      const inner = product(x!.dims.slice(2));
      const plane = (index: number): number[] =>
        Array.from(x!.data).slice(index * inner, (index + 1) * inner);
      const mean = (index: number): number => plane(index).reduce((a, b) => a + b, 0) / inner;
      return real([...x!.dims.slice(0, 2), 1, 1], mean);
    },
  ],
  AveragePool: [[...window, "count_include_pad"], averagePool],
  Softmax: [["axis"], softmax],
  ArgMax: [["axis", "keepdims"], argMax],
  Cast: [
    ["to"],
    ([x], { to }) => {
      if (to !== 1) throw new Error("casts are to float32");
      return real(x!.dims, (i) => x!.data[i]!);
    },
  ],
  Resize: [["mode", "nearest_mode", "coordinate_transformation_mode"], resize],
  Concat: [["axis"], concat],
  Reshape: [
    [],
    ([x, shape]) => {
      const dims = Array.from(shape!.data, (dim, i) => (dim === 0 ? x!.dims[i]! : dim));
      if (product(dims) !== x!.data.length) throw new Error(`reshape to ${dims.join("×")}`);
      return { ...x!, dims };
    },
  ],
  Flatten: [
    ["axis"],
    ([x], { axis }) => {
      const [outer, size, inner] = around(x!.dims, axis as number);
      return { ...x!, dims: [outer, size * inner] };
    },
  ],
  Transpose: [["perm"], transpose],
  Pad: [[], pad],
  Identity: [[], ([x]) => x!],
  QuantizeLinear: [[], quantize],
  DequantizeLinear: [["axis"], dequantize],
};
