import { describe, expect, it } from "vitest";
import {
  bindWeights,
  compile,
  GraphBuilder,
  inferShapes,
  mobilenetV2,
  referenceBackend,
} from "../../index.ts";
import { receptiveFields } from "./theory.ts";

describe("the theoretical receptive field", () => {
  it("is that of MobileNetV2, block by block", () => {
    const graph = mobilenetV2();
    const fields = receptiveFields(graph);
    const sizes = graph.landmarks.blocks.map((name) => {
      const { start, end } = fields.get(name)!;
      return end - start;
    });
    // By hand: 3 of the stem, then 2 steps of the stride reached so far for each depthwise convolution.
    const strides = [2, 2, 4, 4, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 32, 32, 32];
    let size = 3;
    expect(sizes).toEqual(strides.map((stride) => (size += 2 * stride)));
    expect(sizes.at(-1)).toBe(491);
  });

  it("grows by dilation as by stride, so that the output stride does not change it", () => {
    const [wide, dense] = [mobilenetV2(), mobilenetV2({ outputStride: 8 })].map((graph) => {
      const { start, end } = receptiveFields(graph).get(graph.landmarks.blocks.at(-1)!)!;
      return end - start;
    });
    expect(dense).toBe(wide);
  });

  it("is the whole picture behind the mean", () => {
    const graph = mobilenetV2({ resolution: 96 });
    const { start, end } = receptiveFields(graph).get(graph.landmarks.pool!)!;
    expect(start).toBeLessThanOrEqual(0);
    expect(end).toBeGreaterThanOrEqual(96);
  });

  it("is where a single pixel shows in the output, also with padding at one side only", async () => {
    const [edge, bound] = [24, { padding: "same", activation: "none" } as const];
    const builder = new GraphBuilder("windows");
    const image = builder.input("image", [1, edge, edge, 1]);
    const a = builder.conv2d(1, { ...bound, name: "a", input: image, kernel: 3, stride: 2 });
    const b = builder.conv2d(1, { ...bound, name: "b", input: a, kernel: 3, dilation: 2 });
    const c = builder.conv2d(1, { ...bound, name: "c", input: b, kernel: 3, stride: 2 });
    const bare = builder.build([c]);
    // All weights 1, no bias: an output is above 0 where it sees the pixel.
    const graph = bindWeights(
      bare,
      new Map(
        [...bare.parameters].map(([name, { shape }]) => {
          const data = new Float32Array(shape.reduce((x, y) => x * y, 1));
          return [
            name,
            { dtype: "float32" as const, shape, data: name.endsWith("bias") ? data : data.fill(1) },
          ];
        }),
      ),
    );
    const { start, end, jump } = receptiveFields(graph).get(c)!;
    const [, rows] = inferShapes(graph).get(c)!;
    const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
    const seen = Array.from({ length: rows }, (): number[] => []);
    for (let pixel = 0; pixel < edge; pixel++) {
      const picture = new Float32Array(edge * edge);
      for (let x = 0; x < edge; x++) picture[pixel * edge + x] = 1;
      const [output] = await executable.infer([picture]);
      for (let row = 0; row < rows; row++) {
        if (output!.data[row * rows + 2]! > 0) seen[row]!.push(pixel);
      }
    }
    executable.dispose();
    // Its ends: between them a dilated window may leave holes.
    expect(seen.map((pixels) => [pixels[0], pixels.at(-1)])).toEqual(
      seen.map((_, row) => [Math.max(0, start + row * jump), Math.min(edge, end + row * jump) - 1]),
    );
  });
});
