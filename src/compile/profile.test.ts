import { describe, expect, it } from "vitest";
import { countCost } from "../graph/cost.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { profile } from "./profile.ts";
import type { Target } from "./program.ts";

const target: Target = {
  name: "bare",
  channelAlignment: 1,
  fuseBlocks: true,
  workspaceBytes: () => 0,
};

describe("profile", () => {
  const result = profile(mobilenetV2(), target);

  it("sums its layers to the network's cost", () => {
    const sum = (of: "parameters" | "multiplyAdds"): number =>
      result.layers.reduce((total, layer) => total + layer[of], 0);
    const cost = countCost(mobilenetV2());
    expect(sum("parameters")).toBe(cost.parameters);
    expect(sum("multiplyAdds")).toBe(cost.multiplyAdds);
    expect(result).toMatchObject({
      model: "mobilenet_v2_1_224",
      parameters: cost.parameters,
      weightParameters: cost.weightParameters,
      multiplyAdds: cost.multiplyAdds,
    });
  });

  it("needs as much memory as the largest step holds: its input and its output", () => {
    // Unfused, block 1's expansion and depthwise: 112² × 96 and 56² × 96. Fused, the stem and the
    // first bottleneck: 112² × 32 and 112² × 16.
    const floats = { unfused: 112 ** 2 * 96 + 56 ** 2 * 96, fused: 112 ** 2 * (32 + 16) };
    expect(result.peakActivationBytes).toEqual({
      fused: 4 * floats.fused,
      unfused: 4 * floats.unfused,
    });
  });

  it("saves MobileNetV1 nothing: its widest tensors lie between its pairs", () => {
    const { fused, unfused } = profile(mobilenetV1(), target).peakActivationBytes;
    // 112² × 64 with the 112² × 32 it is made of, fused or not.
    expect(unfused).toBe(4 * 112 ** 2 * (32 + 64));
    expect(fused).toBe(unfused);
  });

  it("adds a queue of images and outputs for a batch, no arena and no parameters", () => {
    const four = profile(mobilenetV2({ batch: 4 }), { ...target, imageByImage: true });
    expect(four.parameters).toBe(result.parameters);
    const queue = 4 * 4 * (224 * 224 * 3 + 1000);
    expect(four.peakActivationBytes.fused).toBe(result.peakActivationBytes.fused + queue);
  });

  it("takes the memory of every image where a target runs a batch at once", () => {
    const two = profile(mobilenetV2({ batch: 2 }), target);
    expect(two.peakActivationBytes.fused).toBe(2 * result.peakActivationBytes.fused);
  });
});
