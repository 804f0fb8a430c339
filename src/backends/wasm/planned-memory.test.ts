/** What the compiler and `profile` say about memory is what the executable holds. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../compile/compile.ts";
import { profile } from "../../compile/profile.ts";
import { readTflite } from "../../formats/tflite/tflite.ts";
import type { Graph } from "../../graph/ir.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { ssdlite } from "../../models/ssdlite.ts";
import { loadOnWasm } from "./load.ts";
import { wasmBackend } from "./wasm.ts";

const cifar10 = readTflite(
  readFileSync(new URL("../../../models/cifar10.tflite", import.meta.url)),
);
const classifier = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 96, classes: 10 }));
const detector = withRandomWeights(ssdlite({ width: 0.35, resolution: 96, classes: 3 }));

const networks: readonly { readonly title: string; readonly graph: Graph }[] = [
  { title: "a float32 classifier", graph: classifier },
  { title: "a float32 classifier, three pictures at a time", graph: withBatch(classifier, 3) },
  { title: "a float32 detector", graph: detector },
  { title: "the 8-bit classifier that the package carries", graph: cifar10 },
  { title: "the same, three pictures at a time", graph: withBatch(cifar10, 3) },
];

describe.each(networks)("the planned memory of $title", ({ graph }) => {
  it("is what the executable holds, fused or not", async () => {
    const { peakActivationBytes } = profile(graph, wasmBackend.target);
    const unfused = { ...wasmBackend.target, fuseBlocks: false };
    const executables = {
      fused: await wasmBackend.prepare(compile(graph, wasmBackend.target)),
      unfused: await wasmBackend.prepare(compile(graph, unfused)),
    };
    const held = {
      fused: executables.fused.arenaBytes,
      unfused: executables.unfused.arenaBytes,
    };
    expect(peakActivationBytes).toEqual(held);
    expect(held.fused).toBeLessThan(held.unfused);
    executables.fused.dispose();
    executables.unfused.dispose();
  });

  it.each([1, 2])("is the same from the graph itself, threads: %i", async (threads) => {
    const prepared = await wasmBackend.prepare(compile(graph, wasmBackend.target), { threads });
    const { program, executable } = await loadOnWasm(graph, { threads });
    expect(executable.arenaBytes).toBe(prepared.arenaBytes);
    if (program.images === 1) expect(program.arenaBytes).toBe(prepared.arenaBytes);
    expect(program.threads).toBe(threads);
    prepared.dispose();
    executable.dispose();
  });
});

it("the 8-bit classifier takes at most 204,864 bytes", () => {
  // As words; half of it as bytes, where dot products take them unsigned.
  expect(compile(cifar10, wasmBackend.target).arenaBytes).toBeLessThanOrEqual(204_864);
});
