import { describe, expect, it } from "vitest";
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations } from "../compile/fuse-elementwise.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { findLandmarks } from "./find-landmarks.ts";
import { withRandomWeights } from "./random-weights.ts";
import { withoutArchitecture } from "./rewrite.ts";

const small = { width: 0.1, resolution: 32, classes: 5 } as const;

describe("the landmarks that a graph's nodes show", () => {
  it.each([
    ["MobileNetV2", mobilenetV2(small)],
    ["MobileNetV2 without batch norms", withRandomWeights(mobilenetV2(small))],
    ["MobileNetV2 with hidden layers", mobilenetV2({ ...small, hidden: [8] })],
    ["MobileNetV1", mobilenetV1(small)],
  ])("are those of the builder: %s", (_, network) => {
    expect(findLandmarks(withoutArchitecture(network))).toEqual(network.landmarks);
  });

  it("are a segmenter's too, but for its features where no node tells them", () => {
    const network = deeplabV3({ ...small, resolution: 65 });
    const { stem, blocks, features, logits } = network.landmarks;
    const found = findLandmarks(withoutArchitecture(network));
    expect(found).toMatchObject({ stem, blocks, features, logits });
  });

  it("are found where activations are parts of convolutions, as in 8-bit files", () => {
    const network = mobilenetV2(small);
    const fused = fuseActivations(foldBatchNorm(withRandomWeights(network)));
    expect(fused.nodes.some(({ op }) => op === "activation")).toBe(false);
    // A layer is known by its convolution, wherever the name comes from.
    const layer = (name: string): string => name.replace(/\/(relu6|batch_norm)$/, "");
    const { stem, blocks = [], features } = findLandmarks(withoutArchitecture(fused));
    const own = network.landmarks;
    expect([stem, ...blocks, features].map((name) => layer(name ?? ""))).toEqual(
      [own.stem, ...own.blocks, own.features].map(layer),
    );
  });

  it("are the graph's own where it says them", () => {
    const network = mobilenetV2(small);
    expect(findLandmarks(network)).toBe(network.landmarks);
  });

  it("are none where there is nothing of the kind", () => {
    const nodes = [{ op: "input", name: "image", inputs: [], shape: [1, 2, 2, 3] }] as const;
    const graph = { name: "bare", nodes, outputs: ["image"], parameters: new Map() };
    expect(findLandmarks(graph)).toEqual({ blocks: [], logits: "image" });
  });
});
