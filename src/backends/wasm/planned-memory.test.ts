/** What the compiler and `profile` say about memory is what the executable holds. */
import { describe, expect, it } from "vitest";
import { compile } from "../../compile/compile.ts";
import { profile } from "../../compile/profile.ts";
import type { Graph } from "../../graph/ir.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { withBatch } from "../../graph/rewrite.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { ssdlite } from "../../models/ssdlite.ts";
import { wasmBackend } from "./wasm.ts";

const classifier = withRandomWeights(mobilenetV2({ width: 0.35, resolution: 96, classes: 10 }));
const detector = withRandomWeights(ssdlite({ width: 0.35, resolution: 96, classes: 3 }));

const networks: readonly { readonly title: string; readonly graph: Graph }[] = [
  { title: "a float32 classifier", graph: classifier },
  { title: "a float32 classifier, three pictures at a time", graph: withBatch(classifier, 3) },
  { title: "a float32 detector", graph: detector },
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
});
