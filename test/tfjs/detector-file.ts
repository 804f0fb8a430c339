/** A small SSD as the Object Detection API exports it: pictures of any size in, boxes and scores out. */
import { GraphFile, window } from "./graph-file.ts";
import { resizeEach } from "./picture-loop.ts";

/** Sides of the picture that the network takes. */
export const side = 32;

const perCell = 2;
const cells = [8, 4] as const;

/** The anchors: centre y, centre x, height, width. */
export const anchors: Float32Array = Float32Array.from(
  cells
    .flatMap((count) =>
      Array.from({ length: count * count * perCell }, (_, i) => {
        const cell = Math.floor(i / perCell);
        const size = (i % perCell === 0 ? 1 : 1.5) / count;
        const [row, column] = [Math.floor(cell / count), cell % count];
        return [(row + 0.5) / count, (column + 0.5) / count, size, size * 1.25];
      }),
    )
    .flat(),
);

/** What such a file may have. */
export interface DetectorOptions {
  /** Whether the loop over pictures is that of TensorFlow 2. */
  readonly lists?: boolean;
  /** The operation that chooses among the boxes, and its constants after boxes and scores. */
  readonly suppression?: { readonly op: string; readonly constants: readonly number[] };
  /** Whether the scores' first column is dropped. */
  readonly background?: boolean;
  readonly type?: string;
}

/** The detector of two classes. */
export function detectorFile({
  lists = false,
  suppression,
  background = true,
  type = "DT_UINT8",
}: DetectorOptions = {}): GraphFile {
  const graph = new GraphFile(lists ? "new" : "old");
  const image = graph.input([-1, -1, -1, 3], type, "image_tensor");
  const floats = graph.op("Cast", "floats", [image], {
    SrcT: { type },
    DstT: { type: "DT_FLOAT" },
  });
  const resized = resizeEach(graph, floats, { size: [side, side, 3], lists });
  const scaled = graph.op("Mul", "scaled", [graph.constant("scale", [], [2 / 255]), resized]);
  const input = graph.op("Sub", "input", [scaled, graph.constant("minus", [], [1])]);
  const convolution = (name: string, from: string, shape: readonly number[], stride: number) => {
    const filters = graph.seeded(`${name}/weights`, shape, 0.4);
    const body = graph.op("Conv2D", `${name}/conv`, [from, filters], window("SAME", { stride }));
    return graph.op("BiasAdd", name, [body, graph.seeded(`${name}/bias`, [shape[3]!], 0.1)]);
  };
  const first = graph.op("Relu6", "map_0", [convolution("first", input, [3, 3, 3, 8], 4)]);
  const second = graph.op("Relu6", "map_1", [convolution("second", first, [3, 3, 8, 8], 2)]);
  const columns = background ? 3 : 2;
  const heads = [first, second].map((map, i) => {
    const boxes = convolution(`boxes_${i}`, map, [3, 3, 8, perCell * 4], 1);
    const classes = convolution(`classes_${i}`, map, [1, 1, 8, perCell * columns], 1);
    const to = (name: string, sizes: readonly number[]) => graph.integers(`${name}_${i}/to`, sizes);
    return {
      boxes: graph.op("Reshape", `box_rows_${i}`, [boxes, to("boxes", [1, -1, 1, 4])]),
      classes: graph.op("Reshape", `class_rows_${i}`, [classes, to("classes", [1, -1, columns])]),
    };
  });
  const axis = graph.integers("axis", 1);
  const encodings = graph.op("ConcatV2", "encodings", [...heads.map(({ boxes }) => boxes), axis]);
  const logits = graph.op("ConcatV2", "logits", [...heads.map(({ classes }) => classes), axis]);
  const all = graph.op("Sigmoid", "probabilities", [logits]);
  const scores = background
    ? graph.op("Slice", "scores", [
        all,
        graph.integers("begin", [0, 0, 1]),
        graph.integers("size", [-1, -1, -1]),
      ])
    : graph.op("Identity", "scores", [all]);
  const boxes = decode(graph, encodings);
  if (suppression === undefined) return graph;
  const constants = suppression.constants.map((value, i) =>
    Number.isInteger(value) && value > 0
      ? graph.integers(`suppress/${i}`, value)
      : graph.constant(`suppress/${i}`, [], [value]),
  );
  graph.op(suppression.op, "suppressed", [boxes, scores, ...constants]);
  return graph;
}

/** Boxes by the Object Detection API's box coder, with its divisors 10, 10, 5, 5. */
function decode(graph: GraphFile, encodings: string): string {
  const corners = Float32Array.from(anchors, (_, i) => {
    const at = i - (i % 4);
    const half = anchors[at + 2 + (i % 2)]! / 2;
    return anchors[at + (i % 2)]! + (i % 4 < 2 ? -half : half);
  });
  const op = (kind: string, name: string, inputs: readonly string[], more = {}): string =>
    graph.op(kind, `decode/${name}`, inputs, more);
  const order = graph.integers("decode/order", [1, 0]);
  const rows = graph.integers("decode/rows", [-1, 4]);
  const unpack = (name: string, from: string): readonly string[] => {
    const flat = op("Reshape", `${name}/flat`, [from, rows]);
    const turned = op("Transpose", `${name}/turned`, [flat, order]);
    const parts = op("Unpack", name, [turned], { axis: { int: 0 }, num: { int: 4 } });
    return [parts, `${parts}:1`, `${parts}:2`, `${parts}:3`];
  };
  const squeezed = op("Squeeze", "squeezed", [encodings], { squeeze_dims: [2] });
  const [ty = "", tx = "", th = "", tw = ""] = unpack("encodings", squeezed);
  const anchor = graph.constant("decode/anchors", [1, anchors.length / 4, 4], corners);
  const [top = "", left = "", bottom = "", right = ""] = unpack("anchor", anchor);
  const half = graph.constant("decode/half", [], [0.5]);
  const tenth = graph.constant("decode/tenth", [], [0.1]);
  const fifth = graph.constant("decode/fifth", [], [0.2]);
  const axis = (
    name: string,
    [low, high, move, grow]: readonly [string, string, string, string],
  ) => {
    const size = op("Sub", `${name}/size`, [high, low]);
    const centre = op("AddV2", `${name}/centre`, [low, op("Mul", `${name}/half`, [size, half])]);
    const moved = op("Mul", `${name}/moved`, [op("Mul", `${name}/move`, [move, tenth]), size]);
    const to = op("AddV2", `${name}/to`, [moved, centre]);
    const factor = op("Exp", `${name}/factor`, [op("Mul", `${name}/grow`, [grow, fifth])]);
    const reach = op("Mul", `${name}/reach`, [op("Mul", `${name}/grown`, [factor, size]), half]);
    return [
      op("Sub", `${name}/low`, [to, reach]),
      op("AddV2", `${name}/high`, [to, reach]),
    ] as const;
  };
  const [yLow, yHigh] = axis("y", [top, bottom, ty, th]);
  const [xLow, xHigh] = axis("x", [left, right, tx, tw]);
  const packed = op("Pack", "packed", [yLow, xLow, yHigh, xHigh], { axis: { int: 0 } });
  return op("Transpose", "boxes", [packed, order]);
}
