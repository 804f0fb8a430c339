/** Layers that pool, pad, cut, enlarge and rearrange feature maps; none of them has weights. */
import { elementCount, type Shape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { windowOf } from "./convolutions.ts";
import type { KerasTensor } from "./importer.ts";
import type { LayerImport, ReadLayer } from "./layer-import.ts";

export const mapLayers: Readonly<Record<string, ReadLayer>> = {
  AveragePooling2D: pool("averagePool2d"),
  AvgPool2D: pool("averagePool2d"),
  MaxPooling2D: pool("maxPool2d"),
  MaxPool2D: pool("maxPool2d"),
  GlobalAveragePooling2D: globalPool(globalAverage),
  GlobalAvgPool2D: globalPool(globalAverage),
  GlobalMaxPooling2D: globalPool(globalMax),
  GlobalMaxPool2D: globalPool(globalMax),
  ZeroPadding2D: (layer) => {
    const [[top, bottom], [left, right]] = sides(layer, "padding", [1, 1]);
    return layer.add("", { op: "pad", pads: { top, bottom, left, right } }, [layer.map()]);
  },
  Cropping2D: (layer) => {
    const [[top, bottom], [left, right]] = sides(layer, "cropping", [0, 0]);
    const input = layer.map();
    const [rows, columns, channels] = input.dims;
    const size = [rows - top - bottom, columns - left - right, channels] as const;
    return layer.add("", { op: "slice", start: [top, left, 0], size }, [input]);
  },
  CenterCrop: centerCrop,
  Flatten: (layer) => {
    layer.requireChannelsLast();
    const input = layer.input();
    return flat(layer, input, [elementCount(input.dims)]);
  },
  Reshape: (layer) => {
    const input = layer.input();
    return flat(layer, input, targetShape(layer, input, layer.config.value("target_shape")));
  },
  Permute: permute,
  UpSampling2D: upSampling,
  Resizing: resizing,
};

function pool(op: "averagePool2d" | "maxPool2d"): ReadLayer {
  return (layer) => {
    const size = layer.config.pair("pool_size", [2, 2]);
    const window = windowOf(layer, size, layer.config.pair("strides", size));
    return layer.add("", { op, ...window, dilation: 1 }, [layer.map()]);
  };
}

type GlobalPool = (
  layer: LayerImport,
  input: ReturnType<LayerImport["map"]>,
  rank: 1 | 3,
) => KerasTensor;

function globalPool(reduce: GlobalPool): ReadLayer {
  return (layer) => {
    layer.requireChannelsLast();
    return reduce(layer, layer.map(), layer.config.flag("keepdims", false) ? 3 : 1);
  };
}

/** The mean over rows and columns. */
export function globalAverage(layer: LayerImport, input: KerasTensor, rank: 1 | 3): KerasTensor {
  return layer.add("", { op: "globalAveragePool" }, [input], rank);
}

function globalMax(...[layer, input, rank]: Parameters<GlobalPool>): KerasTensor {
  const [rows, columns] = input.dims;
  const window = { kernel: [rows, columns], stride: 1, dilation: 1, padding: "valid" } as const;
  return layer.add("", { op: "maxPool2d", ...window }, [input], rank);
}

/** One number for all sides, two for rows and columns, or a pair for the two sides of each. */
function sides(
  layer: LayerImport,
  key: string,
  missing: readonly [number, number],
): readonly [readonly [number, number], readonly [number, number]] {
  layer.requireChannelsLast();
  const value = layer.config.value(key) ?? missing;
  const both = Array.isArray(value) && value.length === 2 ? value : [value, value];
  const [rows, columns] = both.map((one: unknown) =>
    Array.isArray(one) && one.length === 2 ? (one as readonly unknown[]) : [one, one],
  );
  const isSide = (side: unknown): side is number =>
    Number.isSafeInteger(side) && (side as number) >= 0;
  const [top, bottom] = rows ?? [];
  const [left, right] = columns ?? [];
  if (isSide(top) && isSide(bottom) && isSide(left) && isSide(right)) {
    return [
      [top, bottom],
      [left, right],
    ];
  }
  throw layer.config.fault(key, "whole numbers for the sides", value);
}

/** Augmentation that cuts the middle out where it does not train. */
function centerCrop(layer: LayerImport): KerasTensor {
  const input = layer.map();
  const [rows, columns, channels] = input.dims;
  const [height, width] = [layer.config.count("height"), layer.config.count("width")];
  if (height === rows && width === columns) return input;
  if (height > rows || width > columns) {
    throw layer.fault(
      "unsupported",
      "it enlarges what it crops",
      `at most ${rows}×${columns}`,
      `${height}×${width}`,
    );
  }
  const start = [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2), 0] as const;
  return layer.add("", { op: "slice", start, size: [height, width, channels] }, [input]);
}

/** The same values in another shape; what has that shape already stays as it is. */
export function flat(layer: LayerImport, input: KerasTensor, dims: Shape): KerasTensor {
  return dims.join() === input.dims.join() ? input : layer.reshape("", input, dims);
}

/** A shape without the batch, in which one −1 stands for what is left. */
export function targetShape(layer: LayerImport, input: KerasTensor, value: unknown): Shape {
  // TensorFlow.js writes null for what is left.
  const list: readonly unknown[] = Array.isArray(value) ? value.map((size) => size ?? -1) : [];
  const isSize = (size: unknown): size is number =>
    Number.isSafeInteger(size) && ((size as number) >= 1 || size === -1);
  const open = list.filter((size) => size === -1).length;
  if (list.length === 0 || list.length > 8 || !list.every(isSize) || open > 1) {
    throw layer.config.fault("target_shape", "sizes, at most one of them −1", value);
  }
  const known = list.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return list.map((size) => (size === -1 ? elementCount(input.dims) / known : size));
}

/** Dimensions are counted from 1, without the batch. */
function permute(layer: LayerImport): KerasTensor {
  const input = layer.input();
  const { length } = input.dims;
  const dims = layer.config.numbers("dims") ?? [];
  if ([...dims].sort().join() !== input.dims.map((_, i) => i + 1).join()) {
    throw layer.config.fault("dims", `1 to ${length} in some order`, dims);
  }
  const moved = [...[1, 2, 3].slice(0, 3 - length), ...dims.map((dim) => dim + 3 - length)];
  const order = moved as unknown as readonly [1 | 2 | 3, 1 | 2 | 3, 1 | 2 | 3];
  return layer.add("", { op: "transpose", order }, [input]);
}

function upSampling(layer: LayerImport): KerasTensor {
  layer.requireChannelsLast();
  const input = layer.map();
  const [rows, columns] = input.dims;
  const [down, across] = layer.config.pair("size", [2, 2]);
  // TensorFlow.js calls its resize without half pixels, Keras with them.
  return resized(layer, input, {
    size: [rows * down, columns * across],
    nearest: { alignCorners: false, halfPixelCenters: false },
    bilinear: { alignCorners: false, halfPixelCenters: layer.dialect !== "tfjs" },
    missing: "nearest",
  });
}

function resizing(layer: LayerImport): KerasTensor {
  layer.requireChannelsLast();
  const input = layer.map();
  const size = sizeOfResizing(layer);
  const [rows, columns] = input.dims;
  const crops = layer.config.flag("crop_to_aspect_ratio", false);
  const pads = layer.config.flag("pad_to_aspect_ratio", false);
  if ((crops || pads) && rows * size[1] !== columns * size[0]) {
    const received = `${rows}×${columns} to ${size.join("×")}`;
    throw layer.fault(
      "unsupported",
      "it keeps the aspect ratio",
      "the ratio of its input",
      received,
    );
  }
  if (size[0] === rows && size[1] === columns) return input;
  if (layer.config.flag("antialias", false)) {
    throw layer.fault("unsupported", "its antialias is not read", "false", "true");
  }
  const centers = {
    alignCorners: layer.dialect === "tfjs" && !crops,
    halfPixelCenters: layer.dialect !== "tfjs",
  };
  return resized(layer, input, { size, nearest: centers, bilinear: centers, missing: "bilinear" });
}

/** Rows and columns that a Resizing layer makes. */
function sizeOfResizing({ config }: Pick<LayerImport, "config">): readonly [number, number] {
  return [config.count("height"), config.count("width")];
}

interface Centers {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

function resized(
  layer: LayerImport,
  input: KerasTensor,
  to: {
    readonly size: readonly [number, number];
    readonly nearest: Centers;
    readonly bilinear: Centers;
    readonly missing: "nearest" | "bilinear";
  },
): KerasTensor {
  const interpolation = layer.config.word("interpolation", to.missing);
  const { size } = to;
  if (interpolation === "nearest") {
    return layer.add("", { op: "resizeNearest", size, ...to.nearest }, [input]);
  }
  if (interpolation === "bilinear") {
    return layer.add("", { op: "resizeBilinear", size, ...to.bilinear }, [input]);
  }
  const received = quote(interpolation);
  throw layer.fault(
    "unsupported",
    "its interpolation is not read",
    "bilinear or nearest",
    received,
  );
}
