/** Small networks of the kinds that people train: how layers follow each other, and what leaves. */
import type { Graph } from "../../src/graph/ir.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { Sketch, type SketchConvolution } from "../conformance/sketch.ts";

/** A convolution with batch norm and perhaps ReLU6. */
function layer(
  s: Sketch,
  input: string,
  channels: number,
  { activation = "relu6", ...options }: SketchConvolution = {},
): string {
  const normal = s.batchNorm(s.conv2d(input, channels, { ...options, bias: false }));
  return activation === "none" ? normal : s.activation(normal, activation);
}

/** A filter per channel with batch norm and ReLU6. */
function filter(s: Sketch, input: string, options: SketchConvolution = {}): string {
  return s.activation(s.batchNorm(s.depthwise(input, { ...options, bias: false })), "relu6");
}

const linear = { activation: "none" } as const;
const stem = { kernel: [3, 3], stride: 2 } as const;

/** A classifier over what `body` makes of a stem's 6 × 7 map. */
function classifierOver(body: (s: Sketch, stem: string) => string, channels = 8): Graph {
  const s = new Sketch(3);
  const top = body(s, layer(s, s.input([1, 11, 14, 3]), channels, stem));
  return s.graph([s.conv2d(s.unary("globalAveragePool", top), 4)]);
}

function withoutEpsilon(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) =>
    node.op === "batchNorm" ? { ...node, epsilon: 0 } : node,
  );
  return { ...graph, nodes };
}

/** What a squeeze-and-excite block makes of a map (Hu et al., 2018). */
function excited(s: Sketch, map: string, squeezed: number): string {
  const pooled = s.unary("globalAveragePool", map);
  const few = s.conv2d(pooled, squeezed, { activation: "relu" });
  const scores = s.conv2d(few, s.shape(map)[3]);
  return s.multiply(map, s.elementwise(scores, { kind: "hardSigmoid", slope: 1 / 6, offset: 0.5 }));
}

/** What trains elsewhere too, by name. */
export const publishedKinds: readonly (readonly [string, Graph])[] = [
  ["SSDLite", ssdlite({ width: 0.1, resolution: 64, classes: 3 })],
  ["SSD", ssdlite({ width: 0.1, resolution: 64, classes: 2, predictors: "full" })],
  ["DeepLabv3", deeplabV3({ width: 0.1, resolution: 65, classes: 5 })],
  ["DeepLabv3 with ASPP", deeplabV3({ width: 0.1, resolution: 49, classes: 5, aspp: true })],
  ["MobileNetV1", mobilenetV1({ width: 0.1, resolution: 64, classes: 7 })],
];

/** Blocks of other families, and MobileNetV2's in other orders. */
export const blockKinds: readonly (readonly [string, Graph])[] = [
  [
    "a squeeze-and-excite block",
    classifierOver((s, x) => layer(s, excited(s, filter(s, layer(s, x, 24)), 8), 16, linear)),
  ],
  [
    "a squeeze-and-excite block of odd channels",
    classifierOver((s, x) => layer(s, excited(s, filter(s, layer(s, x, 21)), 5), 13, linear), 10),
  ],
  [
    "ResNet's bottleneck",
    classifierOver((s, x) => {
      const relu = { activation: "relu" } as const;
      const inner = layer(s, layer(s, x, 8, relu), 8, { kernel: [3, 3], ...relu });
      return s.activation(s.add(layer(s, inner, 8, linear), x), "relu");
    }),
  ],
  [
    "an inverted residual with ReLU6 after its sum",
    classifierOver((s, x) => {
      const projected = layer(s, filter(s, layer(s, x, 16)), 8, linear);
      return layer(s, s.activation(s.add(x, projected), "relu6"), 16);
    }),
  ],
  [
    "an inverted residual with ReLU6 after its projection",
    classifierOver((s, x) => layer(s, s.add(x, layer(s, filter(s, layer(s, x, 16)), 8)), 16)),
  ],
  [
    "a shortcut between expansions",
    classifierOver((s, x) => {
      const wide = layer(s, x, 24);
      return s.add(layer(s, layer(s, filter(s, wide), 8, linear), 24, linear), wide);
    }),
  ],
  [
    "a map that is added to its own convolution",
    classifierOver((s, x) => {
      const map = layer(s, x, 16, linear);
      return layer(s, s.add(layer(s, map, 16, linear), map), 8);
    }),
  ],
  [
    "a chain of shortcuts whose summands are read again",
    classifierOver((s, x) => {
      const first = s.add(layer(s, x, 8, linear), x);
      const second = s.add(layer(s, first, 8, linear), first);
      return s.concat([layer(s, second, 8), first, s.add(second, x)], 3);
    }),
  ],
  [
    "a shortcut from another branch that is read later",
    classifierOver((s, x) => {
      const [one, other] = [layer(s, x, 16, linear), layer(s, x, 8)];
      const sum = s.add(layer(s, other, 16, linear), one);
      return s.concat([layer(s, one, 8), sum], 3);
    }),
  ],
  [
    "folded layers",
    classifierOver((s, x) => {
      const relu6 = { activation: "relu6" } as const;
      const filtered = s.depthwise(s.conv2d(x, 24, relu6), { stride: 2, ...relu6 });
      return s.conv2d(s.conv2d(filtered, 8), 16, relu6);
    }),
  ],
  [
    "a convolution with a bias, a batch norm and the sum",
    classifierOver((s, x) => s.activation(s.add(s.batchNorm(s.conv2d(x, 8)), x), "relu6")),
  ],
  [
    "norms and activations in other orders",
    classifierOver((s, x) => {
      const early = s.batchNorm(s.activation(s.conv2d(x, 8, { bias: false }), "relu6"));
      return s.activation(s.batchNorm(s.batchNorm(s.conv2d(early, 12, { bias: false }))), "relu");
    }),
  ],
  [
    "values before ReLU6 that are read too",
    classifierOver((s, x) => {
      const raw = s.batchNorm(s.conv2d(x, 16, { bias: false }));
      return s.add(layer(s, s.activation(raw, "relu6"), 16), layer(s, raw, 16));
    }),
  ],
  [
    "windows that no kernel has",
    classifierOver((s, x) => {
      const five = filter(s, layer(s, x, 8, { kernel: [1, 3] }), { kernel: [5, 5] });
      return filter(s, layer(s, five, 16, { kernel: [3, 2], stride: 2 }), { stride: 3 });
    }),
  ],
  [
    "dilated and large windows",
    classifierOver((s, x) => {
      const apart = layer(s, x, 16, { kernel: [3, 3], dilation: 2 });
      const large = layer(s, apart, 8, { kernel: [5, 5], stride: 2 });
      return filter(s, layer(s, large, 16, { stride: 2 }), { dilation: 2 });
    }),
  ],
  [
    "odd channels everywhere",
    classifierOver((s, x) => {
      const wide = layer(s, x, 13);
      const projected = layer(s, filter(s, filter(s, wide, { stride: 2 })), 9, linear);
      const again = s.add(layer(s, layer(s, projected, 7), 9, linear), projected);
      return layer(s, again, 11, { kernel: [3, 3] });
    }, 5),
  ],
  [
    "batch norms without ε over odd channels",
    withoutEpsilon(
      classifierOver((s, x) => {
        const first = layer(s, x, 11, linear);
        return layer(s, filter(s, layer(s, first, 11, linear)), 6, linear);
      }, 12),
    ),
  ],
];

/** As the first has predictors: several maps leave, of odd numbers of channels. */
export const severalOutputs: Graph = (() => {
  const s = new Sketch(5);
  const x = layer(s, s.input([1, 12, 10, 3]), 8, stem);
  const projected = layer(s, filter(s, layer(s, x, 24)), 12, linear);
  const deep = layer(s, projected, 20, { stride: 2 });
  const boxes = s.conv2d(filter(s, projected), 6);
  const scores = s.conv2d(filter(s, deep), 9);
  const pooled = s.conv2d(s.unary("globalAveragePool", deep), 5);
  // A map that goes on leaves too.
  return s.graph([boxes, s.unary("sigmoid", scores), pooled, projected, deep]);
})();
