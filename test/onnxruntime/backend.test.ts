/**
 * Networks on onnxruntime, with a stand-in for it: the whole way from a picture by the file that is made in
 * memory to the answer, beside WebAssembly's; and whatever may be wrong with a package of others.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createOnnxruntimeBackend } from "../../src/backends/onnxruntime/onnxruntime.ts";
import { realValues } from "../../src/backends/real-values.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { withRandomInt8Weights } from "../../src/compile/random-int8-weights.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { withBatch } from "../../src/graph/rewrite.ts";
import {
  loadClassifier,
  loadDetector,
  loadEmbedder,
  loadSegmenter,
  type OnnxruntimeModule,
} from "../../src/index.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { randomInputs, violation } from "../conformance/backends.ts";
import { randomGraph } from "../conformance/random-graphs.ts";
import { Sketch } from "../conformance/sketch.ts";
import { classifier, detector, picture, segmenter } from "../off-thread/models.ts";
import { scramble, tinyModel } from "../tflite/tiny-model.ts";
import { type StandInSettings, standIn } from "./stand-in.ts";

const on = (settings: StandInSettings = {}, providers?: readonly string[]) =>
  createOnnxruntimeBackend({ runtime: standIn(settings), providers });

/** How far values may lie apart: a part of the largest, for sums in another order. */
const tolerance = 1e-5;

/** The largest difference, as a part of the largest value. */
function apart(received: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(received.length).toBe(expected.length);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(received[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}

/** A graph of an activation, whose outputs are `relu6(x) + x` and `relu6(x)`. */
function small(): Graph {
  const sketch = new Sketch(1);
  const x = sketch.input([1, 1, 2, 1]);
  const clipped = sketch.activation(x, "relu6");
  return sketch.graph([sketch.add(clipped, x), clipped]);
}

const peers = fileURLToPath(new URL("../../bench/peers/package.json", import.meta.url));
const own = existsSync(join(dirname(peers), "node_modules/onnxruntime-node"));
/** The long form asks the real package too, where the benches have installed it. */
const runtimes: readonly (readonly [string, () => OnnxruntimeModule])[] = [
  ["a stand-in", standIn],
  ...(process.env["LONG"] && own
    ? [["onnxruntime-node", () => createRequire(peers)("onnxruntime-node")] as const]
    : []),
];

describe.each(runtimes)("on %s the answers are those of WebAssembly", (name, found) => {
  const on = () => createOnnxruntimeBackend({ runtime: found() });

  it("of a classifier, with the values inside it", async () => {
    const outputs = ["features", "logits"];
    using here = await loadClassifier(classifier(), { outputs });
    using there = await loadClassifier(classifier(), { outputs, backend: on() });
    expect(there.description).toMatch(/^onnxruntime-node 1\.\d+\.\d+ cpu, 1 thread$/);
    const [expected, received] = [await here.classify(picture()), await there.classify(picture())];
    expect(received.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
    const scores = (of: typeof expected): number[] => of.map(({ score }) => score);
    expect(apart(scores(received), scores(expected))).toBeLessThan(tolerance);
    const [own, others] = [await here.values(picture()), await there.values(picture())];
    for (const [i, { name, shape, data }] of own.entries()) {
      expect(others[i]).toMatchObject({ name, shape });
      expect(apart(others[i]!.data, data), name).toBeLessThan(tolerance);
    }
  });

  it("of a detector", async () => {
    using here = await loadDetector(detector(96));
    using there = await loadDetector(detector(96), { backend: on() });
    const [expected, received] = [await here.detect(picture()), await there.detect(picture())];
    expect(expected.detections.length).toBeGreaterThan(0);
    expect(received.detections.map(({ index }) => index)).toEqual(
      expected.detections.map(({ index }) => index),
    );
    for (const [i, { score, box }] of expected.detections.entries()) {
      const found = received.detections[i]!;
      expect(apart([found.score], [score])).toBeLessThan(tolerance);
      expect(apart(Object.values(found.box), Object.values(box))).toBeLessThan(tolerance);
    }
  });

  it("of a segmenter", async () => {
    using here = await loadSegmenter(segmenter(33));
    using there = await loadSegmenter(segmenter(33), { backend: on() });
    const options = { scoreMap: true } as const;
    const [expected, received] = [
      await here.segment(picture(), options),
      await there.segment(picture(), options),
    ];
    expect(apart(received.scoreMap, expected.scoreMap)).toBeLessThan(tolerance);
    const differing = received.classMap.filter((index, i) => index !== expected.classMap[i]);
    expect(differing.length / expected.classMap.length).toBeLessThan(1e-3);
  });

  it("of an embedder", async () => {
    using here = await loadEmbedder(classifier());
    using there = await loadEmbedder(classifier(), { backend: on() });
    const [expected, received] = [await here.embed(picture()), await there.embed(picture())];
    expect(apart(received, expected)).toBeLessThan(tolerance);
  });

  it("of a batch through an 8-bit network, within a step", async () => {
    const network = mobilenetV2({ width: 0.1, resolution: 32, classes: 5 });
    const graph = withBatch(withRandomInt8Weights(network), 2);
    const inputs = randomInputs(graph, 1);
    const run = async (backend: typeof wasmBackend | ReturnType<typeof on>) => {
      const executable = await backend.prepare(compile(graph, backend.target));
      const outputs = await executable.infer(inputs);
      executable.dispose();
      return outputs;
    };
    const [expected, received] = [await run(wasmBackend), await run(on())];
    for (const [i, output] of expected.entries()) {
      const { dtype, shape, data } = received[i]!;
      expect({ dtype, shape }).toEqual({ dtype: output.dtype, shape: output.shape });
      expect(dtype).toBe("int8");
      const steps = output.data.map((value, at) => Math.abs(value - data[at]!));
      expect(Math.max(...steps)).toBeLessThanOrEqual(1);
      expect(realValues(received[i]!).length).toBe(output.data.length);
    }
  });

  it("of random graphs, within the bounds of the error analysis", async () => {
    const seeds = fc.integer({ min: 1, max: 2 ** 30 });
    const numRuns = name === "a stand-in" ? 15 : 300;
    await fc.assert(
      fc.asyncProperty(randomGraph, seeds, async (graph, seed) => {
        expect(await violation(on(), graph, randomInputs(graph, seed))).toBeUndefined();
      }),
      { seed: 1801_04381, numRuns },
    );
  });
});

describe("sums of 8-bit products", () => {
  it.each([false, true])("are whole where processors let them saturate: %s", async (saturating) => {
    const runtime = standIn({ saturates: saturating });
    const backend = createOnnxruntimeBackend({ runtime });
    const graph = readTflite(tinyModel("uint8"));
    const values = Uint8Array.from(scramble(75, 3));
    const program = compile(graph, backend.target);
    for (const _ of [1, 2]) {
      const executable = await backend.prepare(program);
      const [received] = await executable.infer([values]);
      const reference = await referenceBackend.prepare(compile(graph, referenceBackend.target));
      const [expected] = await reference.infer([values]);
      const steps = expected!.data.map((value, i) => Math.abs(value - received!.data[i]!));
      expect(Math.max(...steps)).toBeLessThanOrEqual(1);
      executable.dispose();
    }
    // It is tried once, before the first network.
    const exact = saturating ? { session: { x64quantprecision: "1" } } : undefined;
    expect(runtime.asked.map(({ extra }) => extra)).toEqual([undefined, exact, exact]);
  });

  it("are no matter of float networks", async () => {
    const runtime = standIn({ saturates: true });
    const backend = createOnnxruntimeBackend({ runtime });
    (await backend.prepare(compile(small(), backend.target))).dispose();
    expect(runtime.asked.map(({ extra }) => extra)).toEqual([undefined]);
  });
});

describe("what stands in", () => {
  const description = /^wasm simd128, 1 thread$/;

  it("is WebAssembly, with a warning, where an operation is lacking", async () => {
    const onWarning = vi.fn();
    using here = await loadClassifier(classifier());
    using there = await loadClassifier(classifier(), {
      ...{ backend: on({ lacks: ["Clip"] }), onWarning },
    });
    expect(there.description).toMatch(description);
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/own backend \(onnxruntime cannot use cpu: .*implementation for Clip/),
    );
    expect(await there.classify(picture())).toEqual(await here.classify(picture()));
  });

  it("is the next provider, with a warning, where one cannot be had", async () => {
    const onWarning = vi.fn();
    const runtime = standIn({ package: "web", without: ["webnn", "webgpu"] });
    const providers = [{ name: "webnn", deviceType: "gpu" }, "webgpu", "wasm"];
    const backend = createOnnxruntimeBackend({ runtime, providers });
    using model = await loadClassifier(classifier(), { backend, onWarning });
    expect(model.description).toBe("onnxruntime-web 1.30.0 wasm, 1 thread");
    expect(onWarning.mock.calls).toEqual([
      [expect.stringMatching(/cannot use webnn: received no such backend; wasm is used/)],
      [expect.stringMatching(/cannot use webgpu: received no such backend; wasm is used/)],
    ]);
    expect(runtime.asked.map(({ executionProviders }) => executionProviders)).toEqual(
      providers.map((provider) => [provider]),
    );
  });

  it("is WebAssembly where no provider can be had", async () => {
    const onWarning = vi.fn();
    const backend = on({ package: "web", without: ["webgpu"] }, ["webgpu"]);
    using model = await loadClassifier(classifier(), { backend, onWarning });
    expect(model.description).toMatch(description);
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("webgpu"));
  });

  it("is nothing where a program is prepared by hand", async () => {
    const backend = on({ lacks: ["Clip"] });
    const prepared = backend.prepare(compile(small(), backend.target));
    await expect(prepared).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("threads", () => {
  it.each([
    ["node", 1, "1 thread"],
    ["node", 3, "3 threads"],
    ["web", 2, "2 threads"],
  ] as const)("of onnxruntime-%s are as many as asked for: %i", async (name, threads, words) => {
    const runtime = standIn({ package: name });
    const backend = createOnnxruntimeBackend({ runtime });
    const executable = await backend.prepare(compile(small(), backend.target), { threads });
    expect(runtime.asked[0]!.intraOpNumThreads).toBe(threads);
    if (name === "web") expect(runtime.env.wasm.numThreads).toBe(threads);
    expect(executable.description).toMatch(new RegExp(`, ${words}$`));
    executable.dispose();
  });

  it("of a page are those of its first session", async () => {
    const backend = on({ package: "web", numThreads: 4 });
    const executable = await backend.prepare(compile(small(), backend.target), { threads: 2 });
    expect(executable.description).toMatch(/, 4 threads \(settled before\)$/);
    executable.dispose();
  });

  it("are a few for auto, and never none", async () => {
    const runtime = standIn();
    const backend = createOnnxruntimeBackend({ runtime });
    const program = compile(small(), backend.target);
    (await backend.prepare(program, { threads: "auto" })).dispose();
    expect(runtime.asked[0]!.intraOpNumThreads).toBeGreaterThanOrEqual(1);
    expect(runtime.asked[0]!.intraOpNumThreads).toBeLessThanOrEqual(4);
    await expect(backend.prepare(program, { threads: 0 })).rejects.toThrow(/threads/);
  });
});

describe("a session", () => {
  it("is released once, when nothing runs any more", async () => {
    const runtime = standIn();
    const backend = createOnnxruntimeBackend({ runtime });
    const executable = await backend.prepare(compile(small(), backend.target));
    const answer = executable.infer([Float32Array.of(1, 9)]);
    executable.dispose();
    executable.dispose();
    expect(runtime.released).toEqual([]);
    await expect(answer).rejects.toMatchObject({ code: "disposed" });
    await vi.waitFor(() => expect(runtime.released.length).toBe(1));
    const late = executable.infer([Float32Array.of(1, 9)]);
    await expect(late).rejects.toMatchObject({ code: "disposed" });
    expect(runtime.released.length).toBe(1);
  });

  it.each([
    ["an error of its own", "Non-zero status code", "internal"],
    ["a want of memory", "std::bad_alloc", "memory"],
  ])("that fails tells %s by the library's", async (_, failsWith, code) => {
    using model = await loadClassifier(classifier(), { backend: on({ failsWith }) });
    const answer = model.classify(picture());
    await expect(answer).rejects.toMatchObject({ name: "MobileNetError", code });
    await expect(answer).rejects.toThrow(failsWith);
  });

  it("gives each output that was asked for twice an array of its own", async () => {
    const graph = small();
    const [, clipped] = graph.outputs;
    const backend = on();
    const program = compile({ ...graph, outputs: [clipped!, clipped!] }, backend.target);
    const executable = await backend.prepare(program);
    const [first, second] = await executable.infer([Float32Array.of(1, 9)]);
    expect(first).toEqual(second);
    expect(first!.data).not.toBe(second!.data);
    executable.dispose();
  });
});

describe("a module", () => {
  const prepared = (runtime: OnnxruntimeModule) => {
    const backend = createOnnxruntimeBackend({ runtime });
    return backend.prepare(compile(small(), backend.target));
  };

  it.each(["1.16.3", "2.0.0", "one"])(
    "of version %s is refused with those that fit",
    async (version) => {
      await expect(prepared(standIn({ version }))).rejects.toMatchObject({
        code: "missing-dependency",
        expected: ">=1.17.0 <2",
        received: JSON.stringify(version),
        remedy: "Install it with: npm install onnxruntime-node@1",
      });
    },
  );

  it("may be what a namespace has as its default", async () => {
    const namespace = { default: standIn() } as unknown as OnnxruntimeModule;
    (await prepared(namespace)).dispose();
  });

  it("that is none is refused", async () => {
    for (const other of [{}, { default: { InferenceSession: {} } }]) {
      const answer = prepared(other as unknown as OnnxruntimeModule);
      await expect(answer).rejects.toMatchObject({ code: "invalid-argument" });
    }
  });

  it("that cannot be loaded from its address is missing", async () => {
    const backend = createOnnxruntimeBackend({ runtime: "file:///nowhere/onnxruntime.mjs" });
    const loading = loadClassifier(classifier(), { backend });
    await expect(loading).rejects.toMatchObject({ code: "missing-dependency" });
    await expect(loading).rejects.toThrow(/nowhere/);
  });

  it("of another kind than a module or an address is refused at once", () => {
    for (const runtime of [7, "onnxruntime-web", ""] as unknown as string[]) {
      expect(() => createOnnxruntimeBackend({ runtime })).toThrow(/bad runtime/);
    }
    for (const providers of [[], "webgpu", [{}], [7]] as unknown as string[][]) {
      expect(() => createOnnxruntimeBackend({ providers })).toThrow(/bad providers/);
    }
  });
});
