/**
 * Whole networks with random weights, against the reference backend. The bound of a single layer
 * would grow through fifty of them to something that proves little, so networks are held to how
 * rounding errors really add up: like independent random steps.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import { type Graph, parametersOf } from "../../src/graph/ir.ts";
import { selectOutputs } from "../../src/graph/rewrite.ts";
import { bottleneckResnet } from "../../src/models/bottleneck-resnet.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { elementCount } from "../../src/tensor.ts";
import { backends, randomInputs, runOn } from "./backends.ts";
import { unitRoundoff } from "./error-bound.ts";
import { randomWeights } from "./random.ts";

/** Logits rather than probabilities, where softmax would hide differences. */
const networks: readonly { readonly title: string; readonly graph: Graph }[] = [
  {
    title: "MobileNetV2 0.35 at 96²",
    graph: selectOutputs(mobilenetV2({ width: 0.35, resolution: 96 }), ["classifier"]),
  },
  {
    title: "MobileNetV2 1.0 at 96², PyTorch's padding",
    graph: selectOutputs(mobilenetV2({ resolution: 96, padding: "symmetric", epsilon: 1e-5 }), [
      "classifier",
      "block_5/add",
    ]),
  },
  {
    title: "MobileNetV2 0.35, batch of 2 at 63×41",
    graph: mobilenetV2({ width: 0.35, resolution: [63, 41], batch: 2, classes: 11 }),
  },
  {
    title: "nonlinear bottlenecks 0.35 at 96², without shortcuts",
    graph: selectOutputs(
      mobilenetV2({ width: 0.35, resolution: 96, block: { nonlinear: true, shortcut: "none" } }),
      ["classifier"],
    ),
  },
  {
    title: "nonlinear bottlenecks 0.5 at 65×49, t = 3",
    graph: selectOutputs(
      mobilenetV2({ width: 0.5, resolution: [65, 49], block: { nonlinear: true, expansion: 3 } }),
      ["classifier", "block_5/add"],
    ),
  },
  {
    title: "shortcuts between expansions 0.5 at 96²",
    graph: selectOutputs(
      mobilenetV2({ width: 0.5, resolution: 96, block: { shortcut: "expansion" } }),
      ["classifier"],
    ),
  },
  {
    title: "SSDLite 0.35 at 97² with nonlinear bottlenecks, shortcuts between expansions",
    graph: ssdlite({
      ...{ width: 0.35, resolution: 97, classes: 5 },
      block: { nonlinear: true, shortcut: "expansion" },
    }),
  },
  {
    title: "no expansion 0.5 at 64²",
    graph: selectOutputs(mobilenetV2({ width: 0.5, resolution: 64, block: { expansion: 1 } }), [
      "classifier",
    ]),
  },
  {
    title: "ResNet's bottlenecks 0.35 at 65²",
    graph: selectOutputs(bottleneckResnet({ width: 0.35, resolution: 65 }), ["classifier"]),
  },
  {
    title: "MobileNetV1 0.25 at 65²",
    graph: selectOutputs(mobilenetV1({ width: 0.25, resolution: 65 }), ["classifier"]),
  },
  {
    title: "SSDLite 0.35 at 97²",
    graph: ssdlite({ width: 0.35, resolution: 97, classes: 20 }),
  },
  {
    title: "SSD 0.35 with full predictors at 64²",
    graph: ssdlite({ width: 0.35, resolution: 64, classes: 5, predictors: "full" }),
  },
  {
    title: "DeepLabv3 0.35 at 65², output stride 8",
    graph: deeplabV3({ width: 0.35, resolution: 65, outputStride: 8 }),
  },
  {
    title: "DeepLabv3 0.35 at 65×81, output stride 8, ASPP",
    graph: deeplabV3({ width: 0.35, resolution: [65, 81], outputStride: 8, aspp: true }),
  },
];

/**
 * The relative error that float32 sums may add up to. A sum of n products errs by about √n · u of
 * its size, because roundings go either way; over the layers the errors add, at worst, linearly.
 * Measured errors stay below a tenth of it; a wrong tap or channel is a thousand times above.
 */
function tolerance(graph: Graph): number {
  const roots = graph.nodes.flatMap((node) =>
    node.op === "conv2d" || node.op === "depthwiseConv2d"
      ? parametersOf(node)
          .filter((name) => name.endsWith("/weights"))
          .map((name) => {
            const { shape } = graph.parameters.get(name)!;
            return Math.sqrt(elementCount(shape.slice(0, node.op === "conv2d" ? 3 : 2)));
          })
      : [],
  );
  return unitRoundoff * roots.reduce((sum, root) => sum + root, 0);
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

const judged = backends.filter((backend) => backend !== referenceBackend);

describe.each(networks)("$title", ({ graph }) => {
  const bound = bindWeights(graph, randomWeights(graph, 1801));
  const inputs = randomInputs(bound, 4381);
  let expected: readonly Float32Array[] = [];

  beforeAll(async () => {
    expected = await runOn(referenceBackend, bound, inputs);
  });

  it("stays alive: outputs vary and are of a size near 1", () => {
    for (const output of expected) {
      const mean = output.reduce((sum, value) => sum + value, 0) / output.length;
      const deviation = rootMeanSquare(output.map((value) => value - mean));
      // Random layers keep a signal's size within a few binary orders; probabilities are small, and
      // sums that no ReLU6 bounds grow from block to block.
      expect(deviation).toBeGreaterThan(1e-3);
      expect(deviation).toBeLessThan(200);
    }
  });

  it.each(judged)("runs alike on $name", async (backend) => {
    const received = await runOn(backend, bound, inputs);
    for (const [i, output] of expected.entries()) {
      expect(received[i]!.length).toBe(output.length);
      const error = output.map((value, k) => received[i]![k]! - value);
      expect(rootMeanSquare(error) / rootMeanSquare(output)).toBeLessThan(tolerance(bound));
    }
  });
});
