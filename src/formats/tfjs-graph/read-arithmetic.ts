/** Sums, products and the like: of a map and constants, which wait beside it, or of two maps. */
import type { FeatureShape } from "../../graph/ir.ts";
import { elementCount, formatShape, sameShape } from "../../tensor.ts";
import { numberOf, says, truthOf } from "./attributes.ts";
import { broadcastShape, type GraphConstant, isUniform } from "./constants.ts";
import { composed } from "./importer.ts";
import { clip, widest } from "./read-activations.ts";
import type { ReaderTable, Reading } from "./reading.ts";
import { featureOf, type MapTensor, type PendingAffine } from "./values.ts";

const addTwo = binary(addConstant, add);

/** Arithmetic, by TensorFlow's names. */
export const arithmeticReaders: ReaderTable = {
  Add: addTwo,
  AddV2: addTwo,
  BiasAdd: (reading) => {
    reading.requireChannelsLast();
    return addConstant(reading);
  },
  AddN: (reading) => {
    const [first, ...others] = reading.inputs;
    if (first === undefined) throw reading.malformed("its inputs are missing");
    return others.reduce((sum, next) => addTwo(reading.on(sum, next)), first);
  },
  Sub: binary(
    (reading, isSwapped) =>
      affine(reading, (value) =>
        isSwapped ? { scale: -1, offset: value } : { scale: 1, offset: -value },
      ),
    (reading) => add(reading.on(reading.map(0), scaled(reading.map(1), -1))),
  ),
  Mul: binary((reading) => affine(reading, (value) => ({ scale: value, offset: 0 })), multiply),
  RealDiv: binary((reading, isSwapped) => {
    if (isSwapped) throw reading.unsupported("a constant divided by a map");
    return affine(reading, (value) => ({ scale: 1 / value, offset: 0 }));
  }),
  Maximum: binary((reading) => clip(reading, [uniform(reading), widest])),
  Minimum: binary((reading) => clip(reading, [-widest, uniform(reading)])),
  Neg: (reading) => scaled(reading.map(0), -1),
  FusedBatchNorm: normalize,
  FusedBatchNormV2: normalize,
  FusedBatchNormV3: normalize,
};

/** A constant for each channel, or one for all, added to a map. */
export function addConstant(reading: Reading): MapTensor {
  return affine(reading, (value) => ({ scale: 1, offset: value }));
}

/** Statistics and factors become one scale and one offset. */
export function normalize(reading: Reading): MapTensor {
  const { node } = reading;
  const map = reading.map(0);
  reading.requireChannelsLast();
  if (truthOf(node, "is_training")) throw reading.unsupported("statistics of each batch");
  // Within _FusedConv2D it never learns. TensorFlow's default is true, TensorFlow.js knows no other.
  if (node.op.startsWith("FusedBatchNorm") && !says(node, "is_training")) {
    reading.importer.notes.add(
      "batch norms leave is_training out: read with their own statistics, as TensorFlow.js runs them",
    );
  }
  const channels = map.shape.at(-1);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => reading.constant(at).data);
  const parts = [gamma!, beta!, mean!, variance!];
  if (parts.some(({ length }) => length !== channels)) {
    const lengths = parts.map(({ length }) => length).join(", ");
    throw reading.malformed(`${lengths} statistics for ${channels} channels`);
  }
  const epsilon = numberOf(node, "epsilon", 1e-4);
  const scale = Array.from(gamma!, (value, c) => value / Math.sqrt(variance![c]! + epsilon));
  const offset = Array.from(beta!, (value, c) => value - mean![c]! * scale[c]!);
  return { ...map, affine: composed(map.affine, { scale, offset }), kind: "float" };
}

function scaled(map: MapTensor, factor: number): MapTensor {
  return { ...map, affine: composed(map.affine, { scale: [factor], offset: [0] }) };
}

/** An operation of a map and a constant, in either order, or of two maps. */
function binary(
  ofConstant: (reading: Reading, isSwapped: boolean) => MapTensor,
  ofMaps?: (reading: Reading) => MapTensor,
): (reading: Reading) => MapTensor {
  return (reading) => {
    const [a, b] = reading.inputs;
    if (a === undefined || b === undefined) throw reading.malformed("an input is missing");
    if (b.type === "constant") return ofConstant(reading, false);
    if (a.type === "constant") return ofConstant(reading.on(b, a), true);
    if (ofMaps === undefined) throw reading.unsupported("two maps");
    return ofMaps(reading);
  };
}

/** A map with a constant taken in: one number for all, or one for each channel. */
function affine(
  reading: Reading,
  of: (value: number) => { readonly scale: number; readonly offset: number },
): MapTensor {
  const map = reading.map(0);
  const constant = reading.constant(1);
  const shape = broadcastShape(map.shape, constant.shape);
  if (shape === undefined || elementCount(shape) !== elementCount(map.shape)) {
    const shapes = `${formatShape(map.shape)} and ${formatShape(constant.shape)}`;
    throw reading.unsupported(`shapes ${shapes} brought together`);
  }
  const values = channelValues(constant);
  if (values === undefined) throw reading.unsupported("a constant for each position");
  const pairs = values.map(of);
  const next: PendingAffine = {
    scale: pairs.map(({ scale }) => scale),
    offset: pairs.map(({ offset }) => offset),
  };
  const kind = map.kind === "int" && constant.kind === "int" ? "int" : "float";
  return { ...map, shape, kind, affine: composed(map.affine, next) };
}

/** A constant's values where they differ from channel to channel at most. */
function channelValues(constant: GraphConstant): readonly number[] | undefined {
  const { shape, data } = constant;
  const count = elementCount(shape);
  if (count === 0) return undefined;
  if (count === (shape.at(-1) ?? 1)) return Array.from({ length: count }, (_, i) => data[i]!);
  return isUniform(constant) ? [data[0]!] : undefined;
}

function uniform(reading: Reading): number {
  const values = channelValues(reading.constant(1));
  if (values?.length === 1) return values[0]!;
  throw reading.unsupported("bounds that differ from channel to channel");
}

/** The sum of two maps; one pixel is added to all of the other. */
function add(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const [a, b] = [reading.map(0), reading.map(1)];
  const shape = broadcastShape(a.shape, b.shape);
  const [large, small] = elementCount(a.shape) >= elementCount(b.shape) ? [a, b] : [b, a];
  if (shape === undefined || !sameShape(shape, large.shape)) throw apart(reading);
  const feature = featureOf(shape);
  const own = featureOf(small.shape);
  const nodes = [large, small].map((map) => importer.nodeOf(map));
  if (!sameShape(own, feature)) {
    if (own[1] !== 1 || own[2] !== 1 || own[3] !== feature[3]) throw apart(reading);
    const size = [feature[1], feature[2]] as const;
    const enlarge = { size, alignCorners: false, halfPixelCenters: false };
    const body = { ...enlarge, op: "resizeNearest", inputs: [nodes[1]!] } as const;
    nodes[1] = importer.add(`${node.name}/everywhere`, body, feature);
  }
  return importer.map(node, { body: { op: "add", inputs: nodes }, feature }, { shape });
}

/** The product of two maps; of one pixel and a map, channel by channel. */
function multiply(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const [a, b] = [reading.map(0), reading.map(1)];
  const shape = broadcastShape(a.shape, b.shape);
  const [large, small] = elementCount(a.shape) >= elementCount(b.shape) ? [a, b] : [b, a];
  if (shape === undefined || !sameShape(shape, large.shape)) throw apart(reading);
  const feature = featureOf(shape);
  const own: FeatureShape = featureOf(small.shape);
  const isPixel = own[1] === 1 && own[2] === 1 && own[3] === feature[3];
  if (!sameShape(own, feature) && !isPixel) throw apart(reading);
  const inputs = [large, small].map((map) => importer.nodeOf(map));
  return importer.map(node, { body: { op: "multiply", inputs }, feature }, { shape });
}

function apart(reading: Reading) {
  const [a, b] = [reading.map(0), reading.map(1)];
  return reading.unsupported(
    `shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} brought together`,
  );
}
