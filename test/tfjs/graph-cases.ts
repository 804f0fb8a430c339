/**
 * Small seeded graphs, one for each kind of operation or idiom that people's files have. Their right
 * values are those that TensorFlow.js gives (`test/golden/tfjs-graphs.json`).
 */
import { GraphFile, window } from "./graph-file.ts";
import { resizeEach } from "./picture-loop.ts";

/** A graph and the picture's size. */
export interface GraphCase {
  readonly name: string;
  readonly size: readonly [rows: number, columns: number, channels: number];
  readonly file: GraphFile;
}

type Build = (graph: GraphFile, image: string) => void;

const rows = 7;
const columns = 9;

/** A case on a map of 7 by 9 pixels and 4 channels, which a first convolution gives. */
function onMap(name: string, build: Build, dialect: "new" | "old" = "new"): GraphCase {
  return onImage(
    name,
    (graph, image) => {
      const filters = graph.seeded("first/filters", [3, 3, 3, 4]);
      build(graph, graph.op("Conv2D", "first", [image, filters], window("SAME")));
    },
    { dialect },
  );
}

function onImage(
  name: string,
  build: Build,
  {
    dialect = "new",
    size = [rows, columns, 3],
  }: { readonly dialect?: "new" | "old"; readonly size?: GraphCase["size"] } = {},
): GraphCase {
  const file = new GraphFile(dialect);
  build(file, file.input([-1, ...size]));
  return { name, size, file };
}

const activation = (op: string, attributes = {}): GraphCase =>
  onMap(op, (graph, map) => graph.op(op, "end", [map], attributes));

/** Mean over all pixels. */
function mean(graph: GraphFile, map: string, keep = false): string {
  const axes = graph.integers("mean/axes", [1, 2]);
  return graph.op("Mean", "mean", [map, axes], { keep_dims: keep });
}

const fused = (name: string, ops: readonly string[], more = {}): GraphCase =>
  onMap(`_FusedConv2D with ${name}`, (graph, map) => {
    const filters = graph.seeded("filters", [3, 3, 4, 5]);
    const others = ops.flatMap((op) => {
      if (op === "BiasAdd") return [graph.seeded("bias", [5])];
      if (op === "Prelu") return [graph.seeded("slopes", [5])];
      if (op !== "FusedBatchNorm") return [];
      const parts = [graph.seeded("gamma", [5], 0.2, 1), graph.seeded("beta", [5])];
      return [...parts, graph.seeded("mean", [5]), graph.seeded("variance", [5], 0.5, 1)];
    });
    const attributes = { ...window("SAME", { stride: 2 }), fused_ops: { texts: ops }, ...more };
    const counted = { ...attributes, num_args: { int: others.length } };
    graph.op("_FusedConv2D", "end", [map, filters, ...others], counted);
  });

function dilated(graph: GraphFile, map: string, depthwise: boolean): string {
  // 7 by 9 and 2 zeros around them are 11 by 13; one more makes blocks of 2 by 2 fit.
  const block = graph.integers("block", [2, 2]);
  const pads = graph.constant("pads", [2, 2], [2, 3, 2, 3], "int32");
  const crops = graph.constant("crops", [2, 2], [0, 1, 0, 1], "int32");
  const filters = graph.seeded("filters", depthwise ? [3, 3, 4, 1] : [3, 3, 4, 2]);
  const op = depthwise ? "DepthwiseConv2dNative" : "Conv2D";
  const blocks = graph.op("SpaceToBatchND", "blocks", [map, block, pads]);
  const filtered = graph.op(op, "filtered", [blocks, filters], window("VALID"));
  const offset = graph.op("BiasAdd", "offset", [
    filtered,
    graph.seeded("bias", [depthwise ? 4 : 2]),
  ]);
  const positive = graph.op("Relu", "positive", [offset]);
  return graph.op("BatchToSpaceND", "end", [positive, block, crops]);
}

const resize = (op: string, attributes: Record<string, boolean>): GraphCase =>
  onMap(`${op} ${Object.keys(attributes).join(" ")}`, (graph, map) => {
    const size = graph.integers("size", [11, 5]);
    graph.op(op, "end", [map, size], attributes);
  });

/** The cases. */
export const graphCases: readonly GraphCase[] = [
  ...["Relu", "Relu6", "Sigmoid", "Tanh", "Elu", "Softmax", "Neg"].map((op) => activation(op)),
  activation("LeakyRelu", { alpha: { float: 0.1 } }),
  onMap("Prelu", (graph, map) => graph.op("Prelu", "end", [map, graph.seeded("slopes", [4])])),
  onMap("Conv2D with stride, explicit zeros and a bias", (graph, map) => {
    const filters = graph.seeded("filters", [3, 2, 4, 5]);
    const explicit = { explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0] };
    const body = graph.op("Conv2D", "body", [map, filters], {
      ...window("EXPLICIT", { stride: 2 }),
      ...explicit,
    });
    graph.op("BiasAdd", "end", [body, graph.seeded("bias", [5])]);
  }),
  onMap("Conv2D with dilation", (graph, map) =>
    graph.op(
      "Conv2D",
      "end",
      [map, graph.seeded("filters", [3, 3, 4, 2])],
      window("SAME", { dilation: 2 }),
    ),
  ),
  onMap(
    "the older dialect",
    (graph, map) => {
      const filters = graph.seeded("filters", [3, 3, 4, 1]);
      const body = graph.op(
        "DepthwiseConv2dNative",
        "body",
        [map, filters],
        window("VALID", { stride: 2 }),
      );
      graph.op("Relu6", "end", [body]);
    },
    "old",
  ),
  fused("BiasAdd and Relu6", ["BiasAdd", "Relu6"]),
  fused("BiasAdd and LeakyRelu", ["BiasAdd", "LeakyRelu"], { leakyrelu_alpha: { float: 0.3 } }),
  fused("BiasAdd and Elu", ["BiasAdd", "Elu"]),
  fused("BiasAdd and Prelu", ["BiasAdd", "Prelu"]),
  onMap("FusedDepthwiseConv2dNative", (graph, map) => {
    const inputs = [map, graph.seeded("filters", [3, 3, 4, 1]), graph.seeded("bias", [4])];
    const more = { fused_ops: { texts: ["BiasAdd", "Relu"] }, num_args: { int: 1 } };
    graph.op("FusedDepthwiseConv2dNative", "end", inputs, { ...window("SAME"), ...more });
  }),
  onMap("FusedBatchNormV3", (graph, map) => {
    const parts = [graph.seeded("gamma", [4], 0.2, 1), graph.seeded("beta", [4])];
    const statistics = [graph.seeded("mean", [4]), graph.seeded("variance", [4], 0.5, 1)];
    const epsilon = { float: 0.01 };
    graph.op("FusedBatchNormV3", "end", [map, ...parts, ...statistics], {
      epsilon,
      is_training: false,
    });
  }),
  onMap("a batch norm in single steps", (graph, map) => {
    const variance = graph.seeded("variance", [4], 0.5, 1);
    const epsilon = graph.constant("epsilon", [], [0.001]);
    const sum = graph.op("AddV2", "sum", [variance, epsilon]);
    const factor = graph.op("Rsqrt", "factor", [sum]);
    const scale = graph.op("Mul", "scale", [factor, graph.seeded("gamma", [4], 0.2, 1)]);
    const shift = graph.op("Mul", "shift", [graph.seeded("mean", [4]), scale]);
    const offset = graph.op("Sub", "offset", [graph.seeded("beta", [4]), shift]);
    const scaled = graph.op("Mul", "scaled", [map, scale]);
    graph.op("Relu", "end", [graph.op("AddV2", "normal", [scaled, offset])]);
  }),
  onMap("constants before a map and divisors after", (graph, map) => {
    const from = graph.op("Sub", "from", [graph.constant("one", [], [1]), map]);
    graph.op("RealDiv", "end", [from, graph.seeded("divisors", [1, 1, 1, 4], 0.5, 2)]);
  }),
  onMap("Maximum and Minimum", (graph, map) => {
    const above = graph.op("Maximum", "above", [map, graph.constant("low", [], [-0.5])]);
    graph.op("Minimum", "end", [graph.constant("high", [], [0.75]), above]);
  }),
  onMap("sums of maps", (graph, map) => {
    const half = graph.op("Mul", "half", [map, graph.constant("factor", [], [0.5])]);
    const positive = graph.op("Relu", "positive", [map]);
    const sum = graph.op("AddN", "sum", [map, half, positive]);
    graph.op("Sub", "end", [sum, graph.op("Relu6", "six", [half])]);
  }),
  onMap("one pixel added to all", (graph, map) =>
    graph.op("AddV2", "end", [mean(graph, map, true), map]),
  ),
  onMap("one pixel times all", (graph, map) =>
    graph.op("Mul", "end", [map, graph.op("Sigmoid", "gate", [mean(graph, map, true)])]),
  ),
  onMap("a hard swish in single steps", (graph, map) => {
    const more = graph.op("AddV2", "more", [map, graph.constant("three", [], [3])]);
    const cut = graph.op("Relu6", "cut", [more]);
    const product = graph.op("Mul", "product", [map, cut]);
    graph.op("Mul", "end", [product, graph.constant("sixth", [], [1 / 6])]);
  }),
  onMap("Conv2D between SpaceToBatchND and BatchToSpaceND", (graph, map) =>
    dilated(graph, map, false),
  ),
  onMap("a depthwise one between them", (graph, map) => dilated(graph, map, true)),
  onMap("Pad before a convolution", (graph, map) => {
    const borders = graph.constant("borders", [4, 2], [0, 0, 0, 1, 0, 1, 0, 0], "int32");
    const padded = graph.op("Pad", "padded", [map, borders]);
    graph.op(
      "Conv2D",
      "end",
      [padded, graph.seeded("filters", [3, 3, 4, 2])],
      window("VALID", { stride: 2 }),
    );
  }),
  onMap("PadV2 by 0", (graph, map) => {
    const borders = graph.constant("borders", [4, 2], [0, 0, 2, 0, 1, 1, 0, 0], "int32");
    graph.op("PadV2", "end", [map, borders, graph.constant("zero", [], [0])]);
  }),
  ...["AvgPool", "MaxPool"].flatMap((op) => [
    onMap(`${op} same`, (graph, map) =>
      graph.op(op, "end", [map], { ...window("SAME", { stride: 2 }), ksize: [1, 3, 3, 1] }),
    ),
    onMap(`${op} of all`, (graph, map) =>
      graph.op(op, "end", [map], { ...window("VALID"), ksize: [1, rows, columns, 1] }),
    ),
  ]),
  ...["ResizeBilinear", "ResizeNearestNeighbor"].flatMap((op) => [
    resize(op, {}),
    resize(op, { align_corners: true }),
    resize(op, { half_pixel_centers: true }),
  ]),
  onMap("Mean and a dense layer", (graph, map) => {
    const dense = graph.op("MatMul", "dense", [mean(graph, map), graph.seeded("matrix", [4, 3])]);
    const scores = graph.op("BiasAdd", "scores", [dense, graph.seeded("bias", [3])]);
    graph.op("Softmax", "end", [scores]);
  }),
  onMap("_FusedMatMul of a flattened map", (graph, map) => {
    const shape = graph.op("Shape", "shape", [map]);
    const [zero, one] = [graph.integers("zero", [0]), graph.integers("one", [1])];
    const batch = graph.op("StridedSlice", "batch", [shape, zero, one, one], {
      shrink_axis_mask: { int: 1 },
    });
    const to = graph.op("Pack", "to", [batch, graph.integers("rest", -1)], { axis: { int: 0 } });
    const flat = graph.op("Reshape", "flat", [map, to]);
    const matrix = graph.seeded("matrix", [3, rows * columns * 4], 0.1);
    graph.op("_FusedMatMul", "end", [flat, matrix, graph.seeded("bias", [3])], {
      transpose_b: true,
      ...{ fused_ops: { texts: ["BiasAdd", "Relu"] }, num_args: { int: 1 } },
    });
  }),
  onMap("ConcatV2 along rows and along channels", (graph, map) => {
    const rowsAxis = graph.integers("rows", 1);
    const wide = graph.op("ConcatV2", "wide", [map, graph.op("Relu", "positive", [map]), rowsAxis]);
    graph.op("ConcatV2", "end", [wide, wide, graph.integers("channels", -1)]);
  }),
  onMap("Slice and StridedSlice", (graph, map) => {
    const begin = graph.integers("begin", [0, 1, 2, 1]);
    const size = graph.integers("size", [1, 5, -1, 3]);
    const part = graph.op("Slice", "part", [map, begin, size]);
    const from = graph.integers("from", [0, 1]);
    const to = graph.integers("to", [0, -1]);
    const steps = graph.integers("steps", [1, 1]);
    graph.op("StridedSlice", "end", [part, from, to, steps], {
      ...{ ellipsis_mask: { int: 0 }, begin_mask: { int: 1 }, end_mask: { int: 1 } },
    });
  }),
  onMap("Split and Pack", (graph, map) => {
    graph.op("Split", "halves", [graph.integers("axis", 3), map], { num_split: { int: 2 } });
    graph.op("Pack", "end", ["halves:1", "halves"], { axis: { int: 3 } });
  }),
  onMap("Transpose", (graph, map) =>
    graph.op("Transpose", "end", [map, graph.integers("order", [0, 3, 1, 2])]),
  ),
  onMap("new axes and fewer", (graph, map) => {
    const squeezed = graph.op("Squeeze", "squeezed", [map], { squeeze_dims: [0] });
    const scaled = graph.op("Mul", "scaled", [squeezed, graph.seeded("factors", [1, 1, 4])]);
    graph.op("ExpandDims", "end", [scaled, graph.integers("axis", 0)]);
  }),
  onMap("ArgMax", (graph, map) =>
    graph.op("ArgMax", "end", [map, graph.integers("axis", 3)], {
      output_type: { type: "DT_INT64" },
    }),
  ),
  onMap("twice the size by Pack and Reshape", (graph, map) => {
    const across = graph.op("Pack", "across", [map, map], { axis: { int: 3 } });
    const down = graph.op("Pack", "down", [across, across], { axis: { int: 2 } });
    const to = graph.integers("to", [1, 2 * rows, 2 * columns, -1]);
    graph.op("Reshape", "end", [down, to]);
  }),
  ...[true, false].map((lists) =>
    onImage(`a loop over pictures with ${lists ? "lists" : "arrays"}`, (graph, image) => {
      const pictures = resizeEach(graph, image, { size: [6, 5, 3], lists });
      graph.op("Relu", "end", [pictures]);
    }),
  ),
  onMap("depthwise filters of one channel", (graph, map) => {
    const begin = graph.integers("begin", [0, 0, 0, 2]);
    const one = graph.op("Slice", "one", [map, begin, graph.integers("size", [-1, -1, -1, 1])]);
    graph.op(
      "DepthwiseConv2dNative",
      "end",
      [one, graph.seeded("filters", [3, 3, 1, 5])],
      window("SAME"),
    );
  }),
];
