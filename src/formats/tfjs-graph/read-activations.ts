/** Functions of each value, and softmax. */
import type { ElementFunction } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import type { NodeBody } from "../graph-import.ts";
import { numberOf } from "./attributes.ts";
import { isUniform } from "./constants.ts";
import { composed } from "./importer.ts";
import type { Reader, ReaderTable, Reading } from "./reading.ts";
import { featureOf, type MapTensor } from "./values.ts";

/** Activations, by TensorFlow's names. */
export const activationReaders: ReaderTable = {
  Relu: (reading) => each(reading, { op: "activation", activation: "relu" }),
  Relu6: (reading) => each(reading, { op: "activation", activation: "relu6" }),
  Sigmoid: (reading) => each(reading, { op: "sigmoid" }),
  Tanh: elementwise(() => ({ kind: "tanh" })),
  Elu: elementwise(() => ({ kind: "elu", alpha: 1 })),
  LeakyRelu: elementwise(({ node }) => ({
    kind: "leakyRelu",
    slope: numberOf(node, "alpha", numberOf(node, "leakyrelu_alpha", 0.2)),
  })),
  Prelu: prelu,
  Softmax: softmax,
  ClipByValue: (reading) => clip(reading, [scalar(reading, 1), scalar(reading, 2)]),
};

type UnaryBody = NodeBody extends infer N
  ? N extends NodeBody
    ? Omit<N, "inputs">
    : never
  : never;

/** A node on a map's values, whatever their axes. */
function each(reading: Reading, body: UnaryBody, map: MapTensor = reading.map(0)): MapTensor {
  const { importer, node } = reading;
  const feature = map.affine === undefined ? map.base.feature : featureOf(map.shape);
  const inputs = [importer.nodeOf(map, feature)];
  const { shape } = map;
  return importer.map(node, { body: { ...body, inputs } as NodeBody, feature }, { shape });
}

function elementwise(of: (reading: Reading) => ElementFunction): Reader {
  return (reading) => each(reading, { op: "elementwise", function: of(reading) });
}

/** Softmax over the last axis. */
function softmax(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const feature = featureOf(map.shape);
  const body = { op: "softmax", inputs: [importer.nodeOf(map, feature)] } as const;
  return importer.map(node, { body, feature }, { shape: map.shape });
}

/** Values cut to a range; from 0 to 6, or from 0 on, that is an activation of its own. */
export function clip(reading: Reading, [low, high]: readonly [number, number]): MapTensor {
  if (low === 0 && high === 6) return each(reading, { op: "activation", activation: "relu6" });
  if (low === 0 && high === widest) return each(reading, { op: "activation", activation: "relu" });
  return each(reading, { op: "elementwise", function: { kind: "clip", low, high } });
}

/** The largest float32 number: no bound. */
export const widest: number = 3.4028234663852886e38;

function scalar(reading: Reading, position: number): number {
  const constant = reading.constant(position);
  const [value] = [constant.data[0]];
  if (value !== undefined && isUniform(constant)) return value;
  throw reading.unsupported("bounds that differ from channel to channel");
}

/** x where positive, else its channel's slope times x: max(x, 0) − slope · max(−x, 0). */
function prelu(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const slopes = reading.constant(1);
  const channels = map.shape.at(-1) ?? 1;
  const count = elementCount(slopes.shape);
  if (isUniform(slopes) && count > 0) {
    const slope = slopes.data[0]!;
    return each(reading, { op: "elementwise", function: { kind: "leakyRelu", slope } });
  }
  if (count !== channels || slopes.shape.at(-1) !== channels) {
    throw reading.unsupported("a slope for each position");
  }
  const relu = { op: "activation", activation: "relu" } as const;
  const turned = { ...map, affine: composed(map.affine, { scale: [-1], offset: [0] }) };
  const positive = each(reading, relu);
  const negative = each(reading, relu, turned);
  const scale = Array.from(slopes.data, (slope) => -slope);
  const feature = featureOf(map.shape);
  const inputs = [positive, { ...negative, affine: { scale, offset: [0] } }].map((part) =>
    importer.nodeOf(part, feature),
  );
  return importer.map(node, { body: { op: "add", inputs }, feature }, { shape: map.shape });
}
