/** Operations on rows and columns: means, pools, other sizes, the best class, and smaller planes. */
import type { FeatureShape, Node, Window } from "../../graph/ir.ts";
import { windowOutput } from "../../graph/shapes.ts";
import { formatShape, sameShape } from "../../tensor.ts";
import { numbersOf, truthOf } from "./attributes.ts";
import { paddingOf } from "./read-convolutions.ts";
import type { ReaderTable, Reading } from "./reading.ts";
import { axesOf } from "./shape-rules.ts";
import { type BlocksTensor, featureOf, type MapTensor } from "./values.ts";

/** Operations on maps, by TensorFlow's names. */
export const mapReaders: ReaderTable = {
  Mean: (reading) => reduction(reading, "globalAveragePool"),
  Max: (reading) => reduction(reading, "maxPool2d"),
  AvgPool: (reading) => pool(reading, "averagePool2d"),
  MaxPool: (reading) => pool(reading, "maxPool2d"),
  ResizeBilinear: (reading) => resize(reading, "resizeBilinear"),
  ResizeNearestNeighbor: (reading) => resize(reading, "resizeNearest"),
  ArgMax: argMax,
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
};

/** One number for each channel, of all pixels. */
function reduction(reading: Reading, op: "globalAveragePool" | "maxPool2d"): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const axes = axesOf(reading.constant(1).data, map.shape.length);
  if (axes === undefined) throw reading.malformed(`no such axes of ${formatShape(map.shape)}`);
  const whole = featureOf(map.shape);
  const over = new Set(
    axes.filter((axis) => map.shape[axis] !== 1).map((axis) => reading.axis(map, axis)),
  );
  const isWhole = ([1, 2] as const).every((axis) => whole[axis] === 1 || over.has(axis));
  if (over.has(3) || over.has(0) || !isWhole) {
    throw reading.unsupported("anything but all rows and columns");
  }
  const keep = truthOf(node, "keep_dims");
  const sizes = map.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keep ? sizes : map.shape.filter((_, axis) => !axes.includes(axis));
  const inputs = [importer.nodeOf(map)];
  const kernel = [whole[1], whole[2]] as const;
  const window = { kernel, stride: 1, dilation: 1, padding: "valid" } as const;
  const body = op === "maxPool2d" ? { op, inputs, ...window } : { op, inputs };
  return importer.map(node, { body, feature: [1, 1, 1, whole[3]] }, { shape });
}

/** The mean or the largest under a window. */
function pool(reading: Reading, op: "averagePool2d" | "maxPool2d"): MapTensor {
  const { importer, node } = reading;
  const map = reading.feature(0);
  const [, rows, columns, channels] = map.shape;
  const [batch = 1, height = 1, width = 1, depth = 1] = numbersOf(node, "ksize");
  const [, down = 1, right = 1, across = 1] = numbersOf(node, "strides");
  const padding = paddingOf(reading);
  if (batch !== 1 || depth !== 1 || across !== 1 || height < 1 || width < 1) {
    throw reading.unsupported(`a window of ${[batch, height, width, depth].join(", ")}`);
  }
  const inputs = [importer.nodeOf(map)];
  const kernel = [height, width] as const;
  const isOne = padding === "valid" && height === rows && width === columns;
  if (isOne && op === "averagePool2d") {
    const body = { op: "globalAveragePool", inputs } as const;
    return importer.map(node, { body, feature: [1, 1, 1, channels] });
  }
  if (down !== right && !isOne) throw reading.unsupported(`strides ${down} and ${right}`);
  const window: Window = { kernel, stride: isOne ? 1 : down, dilation: 1, padding };
  const feature: FeatureShape = [1, ...windowOutput(window, rows, columns), channels];
  return importer.map(node, { body: { op, inputs, ...window }, feature });
}

/** Another size; to the same one nothing changes, whatever the convention. */
function resize(reading: Reading, op: "resizeBilinear" | "resizeNearest"): MapTensor {
  const { importer, node } = reading;
  const map = reading.feature(0);
  const [, rows, columns, channels] = map.shape;
  const [height = 0, width = 0] = Array.from(reading.constant(1).data);
  const alignCorners = truthOf(node, "align_corners");
  const halfPixelCenters = truthOf(node, "half_pixel_centers");
  if (height < 1 || width < 1) throw reading.malformed(`a size of ${height} by ${width}`);
  if (map.front) {
    const sizes = { from: [rows, columns], to: [height, width] } as const;
    importer.front.push({ kind: "resize", ...sizes, alignCorners, halfPixelCenters });
  }
  if (height === rows && width === columns) return map;
  const size = [height, width] as const;
  const inputs = [importer.nodeOf(map)];
  const body = { op, inputs, size, alignCorners, halfPixelCenters } as const;
  const feature = [1, height, width, channels] as const;
  return importer.map(node, { body, feature }, { front: map.front });
}

function argMax(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const [axis] = axesOf(reading.constant(1).data, map.shape.length) ?? [];
  if (axis !== map.shape.length - 1) {
    throw reading.unsupported("the largest of anything but the channels");
  }
  const [, rows, columns] = featureOf(map.shape);
  const body: Omit<Extract<Node, { op: "argMax" }>, "name"> = {
    op: "argMax",
    inputs: [importer.nodeOf(map)],
  };
  const shape = map.shape.slice(0, -1);
  return importer.map(node, { body, feature: [1, rows, columns, 1] }, { shape, kind: "int" });
}

/** How TensorFlow dilated a convolution before it could: a plane cut into smaller ones. */
function spaceToBatch(reading: Reading): BlocksTensor {
  const input = reading.feature(0);
  const [rows = 0, columns] = Array.from(reading.constant(1).data);
  const { data } = reading.constant(2);
  const [top = 0, bottom = 0, left = 0, right = 0] = Array.from(data);
  const pads = [top, bottom, left, right] as const;
  const isWhole = [input.shape[1] + top + bottom, input.shape[2] + left + right].every(
    (size) => size % rows === 0,
  );
  const fits = rows === columns && rows >= 1 && data.length === 4;
  if (!fits || !isWhole || pads.some((border) => border < 0)) {
    throw reading.unsupported(`blocks of ${rows} by ${columns} with borders ${pads.join(", ")}`);
  }
  return { type: "blocks", input, block: rows, pads, steps: [] };
}

function batchToSpace(reading: Reading): MapTensor {
  const [blocks] = reading.inputs;
  if (blocks?.type !== "blocks") throw reading.unsupported("without SpaceToBatchND before it");
  const sizes = Array.from(reading.constant(1).data);
  const crops = Array.from(reading.constant(2).data);
  const [top = 0, bottom = 0, left = 0, right = 0] = crops.map((crop, i) => blocks.pads[i]! - crop);
  const pads = [top, bottom, left, right] as const;
  const isSame = sameShape(sizes, [blocks.block, blocks.block]) && crops.length === 4;
  if (!isSame || pads.some((border) => border < 0) || blocks.steps.length === 0) {
    throw reading.unsupported("parts of a plane that no convolution gives");
  }
  return blocks.steps.reduce((map, step) => step(map, pads), blocks.input);
}
