/**
 * What operations are asked to do: for each, arbitrary graphs with that operation at their core.
 * Adding an operation to the library means adding a row here.
 */
import fc from "fast-check";
import type { Graph, Padding } from "../../src/graph/ir.ts";
import {
  activation,
  batch,
  channels,
  conventions,
  explicitPads,
  fitWindow,
  fullKernels,
  keepingPads,
  randomGraph,
  side,
  windows,
} from "./random-graphs.ts";
import { Sketch } from "./sketch.ts";

/** Seeds of weights. */
export const seed: fc.Arbitrary<number> = fc.integer({ min: 1, max: 2 ** 30 });
const shape = fc.tuple(batch, side, side, channels);
const stem = { kernel: [3, 3], stride: 2, dilation: 1 } as const;
const mapInput = fc.record({ seed, shape });

/** What each operation is asked to do: arbitrary graphs with that operation at their core. */
export const operationCases: readonly {
  readonly title: string;
  readonly graphs: fc.Arbitrary<Graph>;
  readonly runs: number;
}[] = [
  {
    title: "pointwise convolutions of any width and activation",
    runs: 60,
    graphs: fc
      .record({ seed, shape, outputs: channels, activation, bias: fc.boolean() })
      .map(({ outputs, ...rest }) =>
        sketch(rest, (s, x) =>
          s.conv2d(x, outputs, { activation: rest.activation, bias: rest.bias }),
        ),
      ),
  },
  {
    title: "pointwise convolutions deeper than any tile",
    runs: 12,
    graphs: fc
      .record({
        seed,
        shape: fc.tuple(
          batch,
          fc.constantFrom(1, 3, 7),
          fc.constantFrom(1, 5, 7),
          fc.constantFrom(129, 320),
        ),
        outputs: fc.constantFrom(63, 128, 130),
      })
      .map((c) => sketch(c, (s, x) => s.conv2d(x, c.outputs, { activation: "relu6" }))),
  },
  {
    title: "full convolutions: kernels, strides, dilations, paddings",
    runs: 90,
    graphs: fc
      .record({ seed, shape, outputs: channels, window: windows(fullKernels) })
      .map((c) =>
        sketch(c, (s, x) => s.conv2d(x, c.outputs, fitWindow(c.window, c.shape[1], c.shape[2]))),
      ),
  },
  {
    title: "the stem: 3×3 with stride 2 over three channels",
    runs: 30,
    graphs: fc
      .record({
        seed,
        shape: fc.tuple(
          batch,
          fc.integer({ min: 1, max: 33 }),
          fc.integer({ min: 1, max: 33 }),
          fc.constant(3),
        ),
        outputs: fc.constantFrom(8, 16, 32, 48),
        padding: fc.oneof(
          { weight: 2, arbitrary: fc.constantFrom<Padding>("same", "symmetric") },
          { weight: 1, arbitrary: explicitPads },
        ),
      })
      .map((c) =>
        sketch(c, (s, x) =>
          s.conv2d(x, c.outputs, {
            ...fitWindow({ ...stem, padding: c.padding }, c.shape[1], c.shape[2]),
            activation: "relu6",
          }),
        ),
      ),
  },
  {
    title: "depthwise convolutions: kernels, strides, dilations, paddings",
    runs: 90,
    graphs: fc
      .record({
        seed,
        shape,
        window: windows([
          [3, 3],
          [3, 3],
          [3, 3],
          [5, 5],
          [1, 3],
          [3, 1],
        ]),
      })
      .map((c) => sketch(c, (s, x) => s.depthwise(x, fitWindow(c.window, c.shape[1], c.shape[2])))),
  },
  {
    title: "a convolution with a shortcut, added after its activation",
    runs: 40,
    graphs: fc.record({ seed, shape, kernel: fc.constantFrom(1, 3), activation }).map((c) =>
      sketch(c, (s, x) =>
        s.conv2d(x, c.shape[3], {
          kernel: [c.kernel, c.kernel],
          activation: c.activation,
          shortcut: s.batchNorm(x),
        }),
      ),
    ),
  },
  {
    title: "inverted residuals: expansions, shortcuts, strides, dilations",
    runs: 90,
    graphs: fc
      .record({
        seed,
        shape,
        outputs: channels,
        expansion: fc.constantFrom(1, 2, 6),
        residual: fc.boolean(),
        window: windows([[3, 3]]),
        before: fc.option(fc.constantFrom(0, 0.4, 1), { nil: undefined }),
      })
      .map((c) => {
        const { residual } = c;
        const [, rows, columns, depth] = c.shape;
        const rule: Padding = c.window.padding === "symmetric" ? "symmetric" : "same";
        const kept =
          c.before === undefined
            ? { ...c.window, stride: 1, padding: rule }
            : { ...c.window, padding: keepingPads(c.window, [rows, columns], c.before) };
        const window = residual ? kept : fitWindow(c.window, rows, columns);
        const options = { ...window, expansion: c.expansion, residual };
        return sketch(c, (s, x) => s.invertedResidual(x, residual ? depth : c.outputs, options));
      }),
  },
  {
    title: "MobileNetV1's pairs of depthwise and pointwise, two in a row",
    runs: 30,
    graphs: fc.record({ seed, shape, outputs: channels, stride: fc.constantFrom(1, 2) }).map((c) =>
      sketch(c, (s, x) => {
        const relu6 = { activation: "relu6" } as const;
        const first = s.conv2d(s.depthwise(x, { stride: c.stride, ...relu6 }), c.outputs, relu6);
        return s.conv2d(s.depthwise(first, relu6), c.shape[3], relu6);
      }),
    ),
  },
  {
    title: "blocks whose 1×1 convolutions have zeros around their input",
    runs: 30,
    graphs: fc
      .record({
        seed,
        shape,
        outputs: channels,
        around: fc.constantFrom("expand" as const, "project" as const),
        pads: explicitPads,
      })
      .map((c) =>
        sketch(c, (s, x) => {
          const paddingOf = (part: string): Padding => (part === c.around ? c.pads : "same");
          const wide = s.conv2d(x, 16, { padding: paddingOf("expand"), activation: "relu6" });
          return s.conv2d(s.depthwise(wide), c.outputs, { padding: paddingOf("project") });
        }),
      ),
  },
  {
    title: "a batch norm that no convolution can take",
    runs: 15,
    graphs: mapInput.map((c) => sketch(c, (s, x) => s.batchNorm(x))),
  },
  {
    title: "ReLU and ReLU6 by themselves",
    runs: 15,
    graphs: fc
      .record({ seed, shape, activation: fc.constantFrom("relu" as const, "relu6" as const) })
      .map((c) => sketch(c, (s, x) => s.activation(x, c.activation))),
  },
  {
    title: "sums of two maps, and of a map with itself",
    runs: 15,
    graphs: fc
      .record({ seed, shape, itself: fc.boolean() })
      .map((c) =>
        sketch(c, (s, x) => s.add(s.activation(x, "relu"), c.itself ? s.batchNorm(x) : x)),
      ),
  },
  {
    title: "the global average pool",
    runs: 20,
    graphs: mapInput.map((c) => sketch(c, (s, x) => s.unary("globalAveragePool", x))),
  },
  {
    title: "softmax",
    runs: 20,
    graphs: mapInput.map((c) => sketch(c, (s, x) => s.unary("softmax", x))),
  },
  {
    title: "sigmoid",
    runs: 20,
    graphs: mapInput.map((c) => sketch(c, (s, x) => s.unary("sigmoid", x))),
  },
  {
    title: "bilinear resizing, up and down, in each convention",
    runs: 60,
    graphs: fc
      .record({
        seed,
        shape,
        size: fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 25 })),
        convention: fc.constantFrom(...conventions),
      })
      .map((c) => sketch(c, (s, x) => s.resize(x, c.size, c.convention))),
  },
  {
    title: "concatenation along rows, columns and channels",
    runs: 45,
    graphs: fc
      .record({
        seed,
        shape,
        axis: fc.constantFrom(1 as const, 2 as const, 3 as const),
        depth: channels,
        inner: fc.boolean(),
      })
      .map((c) =>
        sketch(c, (s, x) => {
          const other = s.conv2d(x, c.axis === 3 ? c.depth : c.shape[3]);
          const joined = s.concat([x, other, x], c.axis);
          // Inside the network maps may have padded channels; at its end they may not.
          return c.inner ? s.activation(joined, "relu") : joined;
        }),
      ),
  },
  {
    title: "reshapes of odd channels between padded maps",
    runs: 30,
    graphs: mapInput.map((c) =>
      sketch(c, (s, x) => {
        const [, rows, columns, depth] = c.shape;
        const flat = s.reshape(s.conv2d(x, depth), [1, rows * columns * depth, 1]);
        const back = s.reshape(s.activation(flat, "relu6"), [columns, rows, depth]);
        return s.activation(s.batchNorm(back), "relu");
      }),
    ),
  },
  {
    title: "zeros around a map",
    runs: 20,
    graphs: fc
      .record({ seed, shape, pads: explicitPads })
      .map((c) => sketch(c, (s, x) => s.pad(s.activation(x, "relu"), c.pads))),
  },
  {
    title: "averages under a window",
    runs: 30,
    graphs: fc.record({ seed, shape, window: windows(fullKernels) }).map((c) => {
      const { padding, kernel } = c.window;
      // A mean over padding alone has no value, and is refused.
      const within = (zeros: number, taps: number): number => Math.min(zeros, taps - 1);
      const kept =
        typeof padding === "string"
          ? padding
          : {
              top: within(padding.top, kernel[0]),
              left: within(padding.left, kernel[1]),
              bottom: within(padding.bottom, kernel[0]),
              right: within(padding.right, kernel[1]),
            };
      const pooled = { ...c.window, dilation: 1, padding: kept };
      const window = fitWindow(pooled, c.shape[1], c.shape[2]);
      return sketch(c, (s, x) => s.averagePool2d(x, window));
    }),
  },
  { title: "chains of operations", runs: 120, graphs: randomGraph },
];

/** A graph of what `build` adds to one input. */
export function sketch(
  at: { readonly seed: number; readonly shape: readonly [number, number, number, number] },
  build: (sketch: Sketch, input: string) => string,
): Graph {
  const made = new Sketch(at.seed);
  return made.graph([build(made, made.input(at.shape))]);
}
