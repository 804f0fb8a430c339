import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import { GraphBuilder } from "./builder.ts";
import type { Graph, Node, Padding } from "./ir.ts";
import { inferShapes, isPointwise, resolvePads, windowOutput } from "./shapes.ts";

/** The rows and columns that a 3×3 convolution (or another window) leaves. */
function convolved(
  size: readonly [number, number],
  window: Partial<Parameters<typeof resolvePads>[0]>,
): readonly number[] {
  const sketch = new Sketch(1);
  const conv = sketch.conv2d(sketch.input([1, ...size, 2]), 5, { kernel: [3, 3], ...window });
  return sketch.shape(conv).slice(1, 3);
}

describe("TensorFlow's padding (same)", () => {
  it("puts the odd zero at the bottom and right", () => {
    const window = { kernel: [3, 3], stride: 2, dilation: 1, padding: "same" } as const;
    expect(resolvePads(window, 224, 224)).toEqual({ top: 0, left: 0, bottom: 1, right: 1 });
    expect(resolvePads(window, 225, 224)).toEqual({ top: 1, left: 0, bottom: 1, right: 1 });
  });

  it("gives ceil(size / stride) positions whatever the window", () => {
    const positive = fc.integer({ min: 1, max: 40 });
    const kernels = fc.integer({ min: 1, max: 6 });
    const property = fc.property(
      fc.tuple(positive, positive),
      fc.tuple(kernels, kernels),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      ([rows, columns], kernel, stride, dilation) => {
        const shape = convolved([rows, columns], { kernel, stride, dilation });
        expect(shape).toEqual([Math.ceil(rows / stride), Math.ceil(columns / stride)]);
      },
    );
    fc.assert(property, { seed: 1 });
  });
});

describe("PyTorch's padding (symmetric)", () => {
  it("puts dilation · (kernel − 1) / 2 zeros on every side", () => {
    const window = { kernel: [3, 5], stride: 2, dilation: 4, padding: "symmetric" } as const;
    const expected = { top: 4, left: 8, bottom: 4, right: 8 };
    expect(resolvePads(window, 224, 224)).toEqual(expected);
  });

  it.each([
    { size: [224, 225], stride: 2, dilation: 1, expected: [112, 113] },
    { size: [7, 1], stride: 1, dilation: 2, expected: [7, 1] },
    { size: [2, 3], stride: 2, dilation: 1, expected: [1, 2] },
  ] as const)("leaves $expected of $size at stride $stride", ({ size, expected, ...window }) => {
    expect(convolved(size, { ...window, padding: "symmetric" })).toEqual(expected);
  });
});

describe("no padding (valid)", () => {
  it("leaves only the positions that the dilated window fits", () => {
    expect(convolved([10, 5], { padding: "valid", dilation: 2 })).toEqual([6, 1]);
    expect(convolved([10, 7], { padding: "valid", stride: 2 })).toEqual([4, 3]);
  });

  it("refuses a window larger than the plane, naming the node", () => {
    expect(() => convolved([2, 9], { padding: "valid" })).toThrow(/^conv2d_1: conv2d: .*empty/);
  });
});

describe("a convolution is pointwise", () => {
  const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" } as const;
  const pads = { top: 0, left: 0, bottom: 0, right: 0 };

  it.each<Padding>(["same", "symmetric", "valid", pads])(
    "with a kernel of 1×1 and padding %j, whatever the dilation",
    (padding) => {
      expect(isPointwise({ ...window, padding })).toBe(true);
      expect(isPointwise({ ...window, padding, dilation: 7 })).toBe(true);
    },
  );

  it.each(["top", "left", "bottom", "right"])("but not with a pad at the %s", (side) => {
    expect(isPointwise({ ...window, padding: { ...pads, [side]: 1 } })).toBe(false);
  });

  it("but not with a stride or a larger kernel", () => {
    expect(isPointwise({ ...window, stride: 2 })).toBe(false);
    expect(isPointwise({ ...window, kernel: [1, 3] })).toBe(false);
    expect(isPointwise({ ...window, kernel: [3, 1] })).toBe(false);
  });

  it("exactly where each output pixel is the input pixel in its place", () => {
    const pad = fc.integer({ min: 0, max: 1 });
    const explicit = fc.record({ top: pad, left: pad, bottom: pad, right: pad });
    const small = fc.integer({ min: 1, max: 2 });
    const windows = fc.record({
      kernel: fc.tuple(small, small),
      stride: small,
      dilation: small,
      padding: fc.oneof(fc.constantFrom<Padding>("same", "symmetric", "valid"), explicit),
    });
    const property = fc.property(windows, (window) => {
      const { top, left } = resolvePads(window, 6, 5);
      const keeps = `${windowOutput(window, 6, 5)}` === "6,5" && top === 0 && left === 0;
      expect(isPointwise(window)).toBe(keeps && `${window.kernel}` === "1,1");
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});

describe("each operation's shape", () => {
  const sketch = new Sketch(1);
  const x = sketch.input([2, 9, 6, 5]);
  const cases = [
    { name: sketch.depthwise(x, { stride: 2 }), expected: [2, 5, 3, 5] },
    { name: sketch.batchNorm(x), expected: [2, 9, 6, 5] },
    { name: sketch.activation(x, "relu6"), expected: [2, 9, 6, 5] },
    { name: sketch.unary("softmax", x), expected: [2, 9, 6, 5] },
    { name: sketch.unary("globalAveragePool", x), expected: [2, 1, 1, 5] },
    {
      name: sketch.resize(x, [4, 11], { alignCorners: true, halfPixelCenters: false }),
      expected: [2, 4, 11, 5],
    },
    { name: sketch.concat([x, x], 1), expected: [2, 18, 6, 5] },
    { name: sketch.concat([x, x, x], 2), expected: [2, 9, 18, 5] },
    { name: sketch.concat([x, sketch.conv2d(x, 4)], 3), expected: [2, 9, 6, 9] },
    { name: sketch.reshape(x, [27, 1, 10]), expected: [2, 27, 1, 10] },
    {
      name: sketch.invertedResidual(x, 5, { expansion: 6, residual: true }),
      expected: [2, 9, 6, 5],
    },
  ] as const;

  it.each(cases)("$name gives $expected", ({ name, expected }) => {
    expect(sketch.shape(name)).toEqual(expected);
  });
});

describe("a graph that does not fit", () => {
  const input: Node = { op: "input", name: "x", inputs: [], shape: [1, 4, 4, 2] };
  const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" as Padding } as const;
  const conv = {
    op: "conv2d",
    name: "c",
    inputs: ["x"],
    weights: "w",
    activation: "none",
  } as const;
  const graphOf = (nodes: readonly Node[], shape: readonly number[] = [1, 1, 2, 3]): Graph => ({
    name: "g",
    nodes: [input, ...nodes],
    outputs: [nodes.at(-1)?.name ?? "x"],
    parameters: new Map([["w", { shape }]]),
  });
  const pool = {
    op: "averagePool2d",
    name: "p",
    inputs: ["x"],
    kernel: [3, 2],
    stride: 1,
    dilation: 1,
  } as const;
  const relu: Node = { op: "activation", name: "r", inputs: ["x"], activation: "relu" };

  it.each([
    {
      title: "an input that comes later",
      graph: graphOf([{ ...relu, inputs: ["later"] }]),
      message: /^r: .*input is missing.*later/,
    },
    {
      title: "a name used twice",
      graph: graphOf([relu, relu]),
      message: /^r: .*used twice/,
    },
    {
      title: "weights of another depth",
      graph: graphOf([{ ...conv, ...window }], [1, 1, 4, 3]),
      message: /^c: .*parameter w has the wrong shape: expected 1×1×2×3, received 1×1×4×3/,
    },
    {
      title: "weights that are not there",
      graph: graphOf([{ ...conv, ...window, weights: "v" }]),
      message: /^c: .*parameter is missing: expected v/,
    },
    {
      title: "a stride of 0",
      graph: graphOf([{ ...conv, ...window, stride: 0 }]),
      message: /^c: .*window is malformed/,
    },
    {
      title: "a dilation that is no whole number",
      graph: graphOf([{ ...conv, ...window, dilation: 1.5 }]),
      message: /^c: .*window is malformed/,
    },
    {
      title: "a mean over nothing but padding",
      graph: graphOf([{ ...pool, padding: { top: 0, left: 0, bottom: 0, right: 2 } }]),
      message: /^p: .*padding is malformed: expected less than the window's 3×2.*0, 0, 0, 2/,
    },
    {
      title: "a mean between whose positions the map may lie",
      graph: graphOf([{ ...pool, dilation: 2, padding: "same" }]),
      message: /^p: .*window is malformed: expected a dilation of 1/,
    },
    {
      title: "a sum of different shapes",
      graph: graphOf([
        { ...conv, ...window },
        { op: "add", name: "a", inputs: ["x", "c"] },
      ]),
      message: /^a: .*shapes differ: expected 1×4×4×2, received 1×4×4×3/,
    },
    {
      title: "a sum of three",
      graph: graphOf([{ op: "add", name: "a", inputs: ["x", "x", "x"] }]),
      message: /^a: .*number of inputs: expected 2, received 3/,
    },
    {
      title: "a shortcut of another depth",
      graph: graphOf([{ ...conv, ...window, inputs: ["x", "x"] }]),
      message: /^c: .*shapes differ/,
    },
    {
      title: "parts that differ off the axis",
      graph: graphOf([
        { ...conv, ...window },
        { op: "concat", name: "j", inputs: ["x", "c"], axis: 1 },
      ]),
      message: /^j: .*shapes differ/,
    },
    {
      title: "a reshape that loses values",
      graph: graphOf([{ op: "reshape", name: "f", inputs: ["x"], shape: [31, 1, 1] }]),
      message: /^f: .*values do not fill.*32 values.*31×1×1/,
    },
  ])("is refused with the node's name: $title", ({ graph, message }) => {
    expect(() => inferShapes(graph)).toThrow(message);
    expect(() => inferShapes(graph)).toThrow(expect.objectContaining({ code: "invalid-model" }));
  });

  it("is not one whose means each have a position of the map under them", () => {
    const padding = { top: 2, left: 1, bottom: 2, right: 1 };
    expect(inferShapes(graphOf([{ ...pool, padding }])).get("p")).toEqual([1, 6, 5, 2]);
  });

  it("is refused where an output names no node", () => {
    expect(() => inferShapes({ ...graphOf([relu]), outputs: ["gone"] })).toThrow(/^gone: /);
  });
});

it("refuses an operation that there is none of, as a graph made without types may have", () => {
  const node = { op: "conv3d", name: "x", inputs: [] } as unknown as Node;
  const graph = { name: "g", nodes: [node], outputs: ["x"], parameters: new Map() };
  expect(() => inferShapes(graph)).toThrow(
    expect.objectContaining({ code: "invalid-model", node: "x", received: "conv3d" }),
  );
});

describe("words that the types do not have", () => {
  const layer = { name: "layer", input: "image", kernel: 3 } as const;
  const image = { op: "input", name: "image", inputs: [], shape: [1, 4, 4, 2] } as const;
  const graphOf = (node: object): Graph =>
    ({ name: "untyped", nodes: [image, node], outputs: [], parameters: new Map() }) as never;

  it.each([
    ["activation", { activation: "swish", padding: "same" }, /no such activation/],
    ["activation left out", { padding: "same" }, /no such activation/],
    ["padding", { activation: "none", padding: "SAME" }, /no such padding/],
    ["padding of null", { activation: "none", padding: null }, /no such padding/],
  ])("are refused, not guessed at: %s", (_, options, message) => {
    const builder = new GraphBuilder("untyped");
    builder.input("image", [1, 4, 4, 2]);
    const last = builder.conv2d(3, { ...layer, ...options } as never);
    expect(() => builder.build([last])).toThrow(message);
  });

  it.each([
    [{ op: "concat", name: "joined", inputs: ["image", "image"], axis: -1 }, /no such axis/],
    [{ op: "concat", name: "joined", inputs: ["image"], axis: "3" }, /no such axis/],
    [{ op: "activation", name: "clipped", inputs: ["image"], activation: "tanh" }, /no such/],
    [{ op: "input", name: "other", inputs: [], shape: [1, 4, 4] }, /no feature map's/],
    [{ op: "input", name: "other", inputs: [] }, /no feature map's/],
  ])("and in a graph that was written by hand: %o", (node, message) => {
    expect(() => inferShapes(graphOf(node))).toThrow(message);
  });
});
