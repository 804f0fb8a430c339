import { describe, expect, it } from "vitest";
import { randomWeights } from "../../../test/conformance/random.ts";
import { compile } from "../../compile/compile.ts";
import { withRandomInt8Weights } from "../../compile/random-int8-weights.ts";
import { bindWeights } from "../../graph/bind.ts";
import type { Graph } from "../../graph/ir.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import type { SynchronousExecutable } from "../backend.ts";
import { wasmBackend } from "./wasm.ts";

const prepare = (graph: Graph, threads = 1): Promise<SynchronousExecutable> =>
  wasmBackend.prepare(compile(graph, wasmBackend.target), { threads });

const plain = mobilenetV2({ width: 0.35, resolution: [65, 97], classes: 11 });
const float = {
  ...bindWeights(plain, randomWeights(plain, 3)),
  outputs: ["probabilities", "block_4/project/batch_norm"],
};
const images = 3;
const pixels = Float32Array.from({ length: images * 65 * 97 * 3 }, (_, i) => Math.sin(i * 0.37));

function imageOf<T extends { slice(start: number, end: number): T; readonly length: number }>(
  values: T,
  image: number,
): T {
  const count = values.length / images;
  return values.slice(image * count, (image + 1) * count);
}

describe("a batch", () => {
  it.each([1, 3])("has the bits of single runs on %i threads, in float32", async (threads) => {
    const single = await prepare(float, threads);
    const batch = await prepare(withBatch(float, images), threads);
    batch.input().set(pixels);
    batch.run();
    expect(batch.outputTensor(0).shape).toEqual([images, 1, 1, 11]);
    for (let image = 0; image < images; image++) {
      single.input().set(imageOf(pixels, image));
      single.run();
      for (const output of [0, 1]) {
        expect(imageOf(batch.output(output), image)).toEqual(single.output(output));
      }
    }
    batch.dispose();
    single.dispose();
  });

  it("has the bits of single runs in 8 bits, from bytes and from real numbers", async () => {
    const graph = withRandomInt8Weights(plain);
    const [single, batch] = [await prepare(graph), await prepare(withBatch(graph, images))];
    const bytes = Int8Array.from({ length: pixels.length }, (_, i) => ((i * 37) % 251) - 125);
    for (const real of [true, false, true]) {
      if (real) batch.input().set(pixels);
      else batch.inputTensor().data.set(bytes);
      batch.run();
      for (let image = 0; image < images; image++) {
        if (real) single.input().set(imageOf(pixels, image));
        else single.inputTensor().data.set(imageOf(bytes, image));
        single.run();
        expect(imageOf(batch.output(), image)).toEqual(single.output());
        const tensor = batch.outputTensor();
        expect(tensor.shape).toEqual([images, 1, 1, 11]);
        expect(imageOf(tensor.data as Int8Array, image)).toEqual(single.outputTensor().data);
      }
    }
    batch.dispose();
    single.dispose();
  });

  it("needs no more than one image's arena, the images and their outputs", async () => {
    const [single, batch] = [await prepare(float), await prepare(withBatch(float, images))];
    const ends = pixels.length + images * (single.output(0).length + single.output(1).length);
    expect(batch.arenaBytes).toBe(single.arenaBytes + 4 * ends);
    batch.dispose();
    single.dispose();
    for (const call of ["input", "output", "run"] as const) {
      expect(() => batch[call]()).toThrow(expect.objectContaining({ code: "disposed" }));
    }
  });
});
