import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import { fuseBlocks } from "../compile/fuse-blocks.ts";
import { fuseStem } from "../compile/fuse-stem.ts";
import { GraphBuilder } from "./builder.ts";
import { countCost } from "./cost.ts";

describe("countCost", () => {
  it.each([
    { d: 24, t: 6, k: 3, h: 14, w: 10, out: 32 },
    { d: 16, t: 2, k: 3, h: 5, w: 5, out: 16 },
  ])("counts a bottleneck as h·w·d'·t·(d' + k² + d'') (section 3.3): %o", (block) => {
    const { d, t, k, h, w, out } = block;
    const sketch = new Sketch(1);
    const x = sketch.input([1, h, w, d]);
    sketch.invertedResidual(x, out, { expansion: t, residual: false });
    expect(countCost(sketch.graph()).multiplyAdds).toBe(h * w * d * t * (d + k * k + out));
  });

  it("counts a fused block as its parts", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([2, 9, 7, 5]);
    sketch.invertedResidual(x, 11, { expansion: 6, residual: false, stride: 2 });
    const [plain, fused] = [sketch.graph(), fuseBlocks(sketch.graph())];
    expect(fused.nodes.map(({ op }) => op)).toEqual(["input", "invertedResidual"]);
    expect(countCost(fused).multiplyAdds).toBe(countCost(plain).multiplyAdds);
    expect(countCost(fused).parameters).toBe(countCost(plain).parameters);
  });

  it("counts a stem fused into the first block as its parts", () => {
    const sketch = new Sketch(1);
    const stem = sketch.conv2d(sketch.input([2, 9, 7, 3]), 8, {
      kernel: [3, 3],
      stride: 2,
      activation: "relu6",
    });
    sketch.invertedResidual(stem, 5, { expansion: 1, residual: false });
    const [plain, fused] = [sketch.graph(), fuseStem(fuseBlocks(sketch.graph()))];
    expect(fused.nodes.map(({ op }) => op)).toEqual(["input", "invertedResidual"]);
    expect(countCost(fused).multiplyAdds).toBe(countCost(plain).multiplyAdds);
    expect(countCost(fused).parameters).toBe(countCost(plain).parameters);
  });

  it("counts every image of a batch", () => {
    const [one, four] = [1, 4].map((batch) => {
      const sketch = new Sketch(1);
      sketch.conv2d(sketch.input([batch, 8, 8, 3]), 16, { kernel: [3, 3], stride: 2 });
      return countCost(sketch.graph());
    });
    expect(four!.multiplyAdds).toBe(4 * one!.multiplyAdds);
    expect(four!.parameters).toBe(one!.parameters);
  });

  it("separates batch norm's γ and β from the weights, and leaves its statistics out", () => {
    const builder = new GraphBuilder("g");
    const layer = { padding: "same", activation: "relu6" } as const;
    const input = builder.input("x", [1, 4, 4, 3]);
    const normal = builder.conv2d(5, { name: "a", input, epsilon: 1e-3, ...layer });
    const biased = builder.conv2d(7, { name: "b", input: normal, ...layer });
    const cost = countCost(builder.build([biased]));
    expect(cost.weightParameters).toBe(3 * 5 + (5 * 7 + 7));
    expect(cost.parameters).toBe(cost.weightParameters + 2 * 5);
  });

  it("counts nothing for pooling, activations, resizing and joins", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 4, 4, 3]);
    const resized = sketch.resize(x, [4, 4], { alignCorners: false, halfPixelCenters: true });
    const joined = sketch.concat([sketch.activation(resized, "relu"), x], 3);
    sketch.unary("softmax", sketch.unary("globalAveragePool", joined));
    expect(countCost(sketch.graph())).toMatchObject({ multiplyAdds: 0, parameters: 0 });
  });
});
