/** Class activation maps: their means are the scores that the network gives, up to what all classes share. */
import { describe, expect, it } from "vitest";
import { inferOnce } from "../backends/synchronous.ts";
import { wasmBackend } from "../backends/wasm/wasm.ts";
import { compile } from "../compile/compile.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { classActivation, overlayActivation, pooledHead } from "./class-activation.ts";

describe("class activation maps", () => {
  it("have the differences of the network's logits as those of their means", async () => {
    const graph = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 96, classes: 5 }));
    const head = pooledHead(graph)!;
    const logits = graph.landmarks.logits;
    const seen = selectOutputs(graph, [head.features, logits]);
    const executable = await wasmBackend.prepare(compile(seen, wasmBackend.target));
    const input = Float32Array.from({ length: 96 * 96 * 3 }, (_, i) => Math.sin(i * 0.37));
    const read = await inferOnce(executable, [input]);
    const features = read.output(0);
    const scores = read.output(1);
    const means = Array.from({ length: 5 }, (_, index) => {
      const { values } = classActivation(head, { rows: 3, columns: 3, features }, index);
      return values.reduce((sum, value) => sum + value, 0) / 9;
    });
    const bias = graph.parameters.get("classifier/bias")!.data!;
    const size = Math.max(...scores.map(Math.abs), 1e-3);
    for (let c = 1; c < 5; c++) {
      const wanted = scores[c]! - bias[c]! - (scores[0]! - bias[0]!);
      expect(Math.abs(means[c]! - means[0]! - wanted)).toBeLessThan(1e-5 * size);
    }
    expect(new Set(means).size).toBe(5);
    executable.dispose();
  });

  it("are exact for a mean and one layer alone", () => {
    const hidden = mobilenetV2({ width: 0.35, resolution: 32, classes: 5, hidden: [8] });
    expect(pooledHead(withRandomWeights(hidden))).toBeUndefined();
    expect(pooledHead(withRandomWeights(ssdlite({ width: 0.25, resolution: 96 })))).toBeUndefined();
  });

  it("colour what speaks for a class and nothing that speaks against", () => {
    const picture = { width: 4, height: 4, data: new Uint8Array(48).fill(100) };
    const map = { rows: 2, columns: 2, values: Float32Array.of(2, -1, -1, -1) };
    const { data } = overlayActivation(picture, map, 2);
    const pixel = (x: number, y: number): number[] => [
      ...data.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3),
    ];
    expect(pixel(0, 0)).toEqual([216, 205, 55]);
    expect(pixel(3, 3)).toEqual([100, 100, 100]);
  });
});
