/**
 * Class activation maps (Zhou et al., 2016): of a classifier whose head is the mean over a map and a dense
 * layer, a class's score is the mean over the map's cells of features times weights. Shown cell by cell, that
 * product says what in the picture spoke for the class, exactly. What all classes get alike decides nothing, so
 * that the mean of their weights is taken off first.
 */
import {
  checkFields,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  wholeFrom,
} from "../check-fields.ts";
import { checkGraph } from "../graph/check-graph.ts";
import type { Conv2dNode, Graph } from "../graph/ir.ts";
import { checkRgbImage, type RgbImage } from "../image/image.ts";
import { isNumberIn } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";

/** The head of a classifier whose maps are exact. */
export interface PooledHead {
  /** The node that is pooled. */
  readonly features: string;
  /** `[features, classes]`. */
  readonly weights: Float32Array;
  readonly classes: number;
}

const floats: Kind = needed({
  expected: "a Float32Array",
  fits: (value) => value instanceof Float32Array,
});
const count = needed(wholeFrom(1));
const headKinds: Pick<Kinds<PooledHead>, "weights" | "classes"> = {
  weights: floats,
  classes: count,
};
const mapKinds: Kinds<ActivationMap> = { rows: count, columns: count, values: floats };

/** A class's map, row by row. */
export interface ActivationMap {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * The head, where it is a mean over the map and one dense layer in float32; undefined where it is another.
 *
 * @param graph - With weights; `floatNetwork` makes real numbers of 8-bit ones.
 * @throws MobileNetError `invalid-argument` for what is no graph.
 *
 * @example
 * ```ts
 * const { graph } = await loadModel("cifar10"); // 8 bits
 * pooledHead(floatNetwork(graph))?.classes; // 10
 * ```
 */
export function pooledHead(graph: Graph): PooledHead | undefined {
  checkGraph(graph, "pooledHead");
  const { nodes, outputs, parameters } = graph;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const end = byName.get(outputs[0] ?? "");
  const logits = end?.op === "softmax" ? byName.get(end.inputs[0]!) : end;
  if (logits?.op !== "conv2d" || !isDense(logits)) return undefined;
  const pool = byName.get(logits.inputs[0]!);
  const weights = parameters.get(logits.weights);
  if (pool?.op !== "globalAveragePool" || !(weights?.data instanceof Float32Array))
    return undefined;
  return {
    features: pool.inputs[0]!,
    weights: weights.data,
    classes: weights.shape.at(-1) ?? 0,
  };
}

function isDense({ kernel, inputs, activation }: Conv2dNode): boolean {
  return kernel.join() === "1,1" && inputs.length === 1 && activation === "none";
}

/**
 * What each cell adds to a class's score beyond that of the mean class, times the number of cells.
 *
 * @param map - Its values `[rows, columns, features]`, as a classifier's `values` gives those of `features`.
 * @param classIndex - From 0 to one less than the head's classes.
 * @throws MobileNetError `invalid-argument` where the map does not fit the head, or there is no such class.
 *
 * @example
 * ```ts
 * const model = await loadModel("cifar10");
 * const head = pooledHead(floatNetwork(model.graph));
 * const classifier = await loadClassifier(model, { outputs: ["features"] });
 * const [{ shape, data }] = await classifier.values(await readFile("examples/images/chelsea.png"));
 * const [, rows, columns] = shape;
 * const map = classActivation(head, { rows, columns, features: data }, model.labels.indexOf("cat"));
 * map.values.length === rows * columns; // true
 * classifier.dispose();
 * ```
 */
export function classActivation(
  head: PooledHead,
  map: { readonly rows: number; readonly columns: number; readonly features: Float32Array },
  classIndex: number,
): ActivationMap {
  checkFields(head, headKinds, "the head");
  checkFields(map, { rows: count, columns: count, features: floats }, "the map");
  const { weights, classes } = head;
  const { rows, columns, features } = map;
  const depth = weights.length / classes;
  if (features.length !== rows * columns * depth) {
    throw badValue(
      "the features are no map of this head",
      `${rows} x ${columns} x ${depth} values`,
      features.length,
    );
  }
  if (!isNumberIn(classIndex, 0, classes - 1) || !Number.isInteger(classIndex)) {
    throw badValue("there is no such class", `0 to ${classes - 1}`, classIndex);
  }
  const own = Float64Array.from({ length: depth }, (_, f) => {
    const row = weights.subarray(f * classes, (f + 1) * classes);
    return row[classIndex]! - row.reduce((sum, weight) => sum + weight, 0) / classes;
  });
  const values = Float32Array.from({ length: rows * columns }, (_, cell) => {
    let sum = 0;
    for (let f = 0; f < depth; f++) {
      sum += features[cell * depth + f]! * own[f]!;
    }
    return sum;
  });
  return { rows, columns, values };
}

/**
 * A picture in grey with a map laid over it: from nothing where a cell speaks against, to yellow at `most`.
 *
 * @param map - Of any number of rows and columns, which the whole picture is divided into.
 * @param most - The value from which on a cell is yellow: the largest of the maps that are compared.
 * @throws MobileNetError `invalid-image` for a malformed picture, `invalid-argument` for a malformed map.
 *
 * @example
 * ```ts
 * const grey = { width: 2, height: 1, data: Uint8Array.of(90, 90, 90, 90, 90, 90) };
 * const map = { rows: 1, columns: 2, values: Float32Array.of(-1, 1) };
 * [...overlayActivation(grey, map, 1).data.subarray(0, 3)]; // [93, 93, 93]
 * ```
 */
export function overlayActivation(image: RgbImage, map: ActivationMap, most: number): RgbImage {
  checkRgbImage(image);
  checkFields(map, mapKinds, "the map");
  if (map.values.length !== map.rows * map.columns) {
    throw badValue("bad map", `${map.rows} x ${map.columns} values`, map.values.length);
  }
  checkFields({ most }, { most: needed(numberFrom(0)) }, "overlayActivation");
  const { width, height, data } = image;
  const into = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const grey = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      const value = between(
        map,
        ((y + 0.5) * map.rows) / height,
        ((x + 0.5) * map.columns) / width,
      );
      const heat = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
      const cover = 0.75 * heat;
      const color = [255, 60 + 180 * heat, 40];
      for (let c = 0; c < 3; c++) {
        into[at + c] = Math.round((1 - cover) * (0.7 * grey + 30) + cover * color[c]!);
      }
    }
  }
  return { width, height, data: into };
}

/** The value between cells' centres. */
function between({ rows, columns, values }: ActivationMap, y: number, x: number): number {
  const [top, left] = [clampTo(y - 0.5, rows), clampTo(x - 0.5, columns)];
  const [row, column] = [Math.floor(top), Math.floor(left)];
  const of = (r: number, c: number): number =>
    values[Math.min(r, rows - 1) * columns + Math.min(c, columns - 1)]!;
  const [down, across] = [top - row, left - column];
  const upper = of(row, column) * (1 - across) + of(row, column + 1) * across;
  const lower = of(row + 1, column) * (1 - across) + of(row + 1, column + 1) * across;
  return upper * (1 - down) + lower * down;
}

function clampTo(place: number, count: number): number {
  return Math.min(count - 1, Math.max(0, place));
}
