/**
 * A model in a worker is the model without one: the same object, results, errors and cancellation. The
 * worker is a pretended one (same-thread.ts); node.test.ts has real ones.
 */
import { describe, expect, it } from "vitest";
import type { Model } from "../../src/models/model.ts";
import { segmentationFromJson } from "../../src/tasks/results/segmentation-json.ts";
import { guestBackend } from "../conformance/guest-backend.ts";
import { classifier, detector, picture, segmenter } from "./models.ts";
import { type Misbehaviour, type SameThread, sameThread } from "./same-thread.ts";

const models = { classifier, detector, segmenter };
const start = (misbehaviour?: Misbehaviour): SameThread => sameThread(models, misbehaviour);
const worker = true;

describe("a model in a worker", () => {
  it("classifies as without", async () => {
    const { loaders } = start();
    using here = await loaders.loadClassifier("classifier");
    using there = await loaders.loadClassifier("classifier", { worker });
    expect(await there.classify(picture())).toEqual(await here.classify(picture()));
    expect(await there.classify(picture(3), { topK: 2 })).toEqual(
      await here.classify(picture(3), { topK: 2 }),
    );
  });

  it("detects as without", async () => {
    const { loaders } = start();
    using here = await loaders.loadDetector("detector");
    using there = await loaders.loadDetector("detector", { worker });
    const result = await there.detect(picture(), { classes: ["label 1"], scoreThreshold: 0.1 });
    expect(result.detections).not.toEqual([]);
    const options = { classes: ["label 1"], scoreThreshold: 0.1 };
    expect(result).toEqual(await here.detect(picture(), options));
    expect(there.scoreThreshold).toBe(here.scoreThreshold);
  });

  it("segments as without", async () => {
    const { loaders } = start();
    using here = await loaders.loadSegmenter("segmenter");
    using there = await loaders.loadSegmenter("segmenter", { worker });
    for (const scoreMap of [false, true]) {
      const result = await there.segment(picture(), { scoreMap });
      expect(result).toEqual(await here.segment(picture(), { scoreMap }));
    }
  });

  it("embeds as without", async () => {
    const { loaders } = start();
    using here = await loaders.loadEmbedder("segmenter");
    using there = await loaders.loadEmbedder("segmenter", { worker });
    expect(await there.embed(picture())).toEqual(await here.embed(picture()));
    expect(there.dimensions).toBe(here.dimensions);
  });

  it("looks at tiles and regions as without", async () => {
    const { loaders } = start();
    using here = await loaders.loadSegmenter("segmenter");
    using there = await loaders.loadSegmenter("segmenter", { worker });
    const region = { x: 1, y: 1, width: 20, height: 16 };
    const wanted = { tiles: { columns: 2, rows: 2 }, region, foreground: true } as const;
    expect(await there.segment(picture(), wanted)).toEqual(await here.segment(picture(), wanted));
  });

  it("answers what JSON has as without: plain lists and run lengths", async () => {
    const { loaders } = start();
    for (const options of [{}, { worker }]) {
      using embedder = await loaders.loadEmbedder("segmenter", options);
      const vector = await embedder.embed(picture());
      expect(JSON.parse(JSON.stringify({ vector })).vector).toEqual([...vector]);
      using segmenter = await loaders.loadSegmenter("segmenter", options);
      const segmentation = await segmenter.segment(picture(), { scoreMap: true });
      const text = JSON.stringify([segmentation]);
      expect(segmentationFromJson(JSON.parse(text)[0])).toEqual(segmentation);
      for await (const { result } of segmenter.segmentEach([picture()], { scoreMap: true })) {
        expect(JSON.stringify([result])).toBe(text);
      }
    }
  });

  it.each([null, 5, "abc"])("refuses %j as options as without", async (given) => {
    const { loaders } = start();
    for (const options of [{}, { worker }]) {
      using model = await loaders.loadClassifier("classifier", options);
      const call = model.classify(picture(), given as never);
      await expect(call).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(/bad options of classify: expected an object/),
      });
    }
  });

  it("has the same parts and says where it works", async () => {
    const { loaders } = start();
    using here = await loaders.loadDetector("detector");
    using there = await loaders.loadDetector("detector", { worker });
    expect(Object.keys(there).sort()).toEqual(Object.keys(here).sort());
    expect({ ...there, ...functions(here), description: here.description }).toEqual(here);
    expect(there.description).toBe(`${here.description}, in a worker`);
  });

  it("takes the library's backends by name, and none that would have to be sent", async () => {
    const { loaders } = start();
    using model = await loaders.loadClassifier("classifier", { worker, backend: "reference" });
    expect(model.description).toMatch(/^reference .*, in a worker$/);
    const guest = loaders.loadClassifier("classifier", { worker, backend: guestBackend });
    await expect(guest).rejects.toThrow(/cannot be sent a backend.*"reference"/);
  });

  it("refuses what its loader refuses, with the same words", async () => {
    const { loaders, workers } = start();
    const options = { threads: 0.5 };
    const here = await loaders.loadClassifier("classifier", options).catch(String);
    const there = await loaders.loadClassifier("classifier", { ...options, worker }).catch(String);
    expect(there).toBe(here);
    expect(workers[0]?.ended).toBe(true);
    const bad = loaders.loadClassifier("classifier", { worker: 1 as never });
    await expect(bad).rejects.toThrow(/bad worker.*received 1/);
  });

  it("refuses what its verb refuses, with the same words", async () => {
    const { loaders } = start();
    using here = await loaders.loadClassifier("classifier");
    using there = await loaders.loadClassifier("classifier", { worker });
    const wrong = { width: 5, height: 5, data: new Uint8Array(3) };
    for (const [image, options] of [
      [picture(), { topK: 0 }],
      [picture(), { topk: 1 } as object],
      [wrong, {}],
    ] as const) {
      const expected = await here.classify(image, options).catch((error: unknown) => error);
      const received = await there.classify(image, options).catch((error: unknown) => error);
      expect(received).toMatchObject({ ...(expected as object), cause: undefined });
      expect(String(received)).toBe(String(expected));
    }
    const odd = there.classify(picture(), { topK: (() => 1) as never });
    await expect(odd).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("sends no picture's memory twice, and leaves the caller's alone unless told otherwise", async () => {
    const { loaders } = start();
    using model = await loaders.loadClassifier("classifier", { worker });
    const [kept, moved] = [picture(), picture()];
    const expected = await model.classify(picture());
    const first = model.classify(kept);
    kept.data.fill(0);
    expect(await first).toEqual(expected);
    expect(await model.classify(moved, { transfer: true })).toEqual(expected);
    expect(moved.data).toHaveLength(0);
    const again = model.classify(moved, { transfer: true });
    await expect(again).rejects.toMatchObject({ name: "MobileNetError" });
  });

  it("takes over weights that the library has read, and copies those that were given", async () => {
    const weights = (model: Model): number[] =>
      [...model.graph.parameters.values()].map(({ data }) => data?.length ?? 0);
    const given = classifier();
    const read = classifier();
    const before = weights(given);
    const { loaders } = sameThread({ read: () => read });
    using first = await loaders.loadClassifier("read", { worker });
    using second = await loaders.loadClassifier(given, { worker });
    expect(new Set(weights(read))).toEqual(new Set([0]));
    expect(weights(given)).toEqual(before);
    expect(await first.classify(picture())).toEqual(await second.classify(picture()));
  });
});

describe("calls in a worker's queue", () => {
  it("are answered each with its own", async () => {
    const { loaders } = start();
    using model = await loaders.loadClassifier("classifier", { worker });
    const alone: unknown[] = [];
    for (const seed of [0, 1, 2, 3]) alone.push(await model.classify(picture(seed)));
    const together = [0, 1, 2, 3].map((seed) => model.classify(picture(seed)));
    expect(await Promise.all(together)).toEqual(alone);
  });

  it("are cancelled by their signals, and the worker hears of it", async () => {
    const { loaders, workers } = start();
    using model = await loaders.loadClassifier("classifier", { worker });
    const controller = new AbortController();
    const first = model.classify(picture());
    const second = model.classify(picture(), { signal: controller.signal });
    const third = model.classify(picture());
    controller.abort("no longer");
    await expect(second).rejects.toMatchObject({ code: "aborted", cause: "no longer" });
    expect(await third).toEqual(await first);
    expect(workers[0]?.received.map(({ kind }) => kind)).toEqual([
      "load",
      "call",
      "call",
      "call",
      "cancel",
    ]);
    const late = model.classify(picture(), { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: "aborted" });
  });

  it("are rejected when the model is disposed of, which ends the worker", async () => {
    const { loaders, workers } = start();
    const model = await loaders.loadClassifier("classifier", { worker });
    const outcomes = Promise.allSettled([1, 2, 3].map(() => model.classify(picture())));
    model.dispose();
    model.dispose();
    for (const outcome of await outcomes) {
      const reason = { code: "disposed", node: "small classifier" };
      expect(outcome).toMatchObject({ status: "rejected", reason });
    }
    await expect(model.classify(picture())).rejects.toMatchObject({ code: "disposed" });
    expect(workers[0]?.ended).toBe(true);
  });

  it("keep the process alive, an idle worker does not", async () => {
    const { loaders, workers } = start();
    const loading = loaders.loadClassifier("classifier", { worker });
    while (workers.length === 0) await new Promise(setImmediate);
    expect(workers[0]?.held).toBe(true);
    using model = await loading;
    expect(workers[0]?.held).toBe(false);
    const calls = [model.classify(picture()), model.classify(picture())];
    expect(workers[0]?.held).toBe(true);
    await Promise.all(calls);
    expect(workers[0]?.held).toBe(false);
  });
});

describe("a worker that dies", () => {
  const loss = { reason: "it ended with exit code 3", memory: false };

  it("rejects the calls that wait and those that come", async () => {
    const drops: Misbehaviour["drops"] = ({ kind }) => kind === "call";
    const { loaders, workers } = start({ drops });
    const model = await loaders.loadClassifier("classifier", { worker });
    const outcomes = Promise.allSettled([1, 2, 3].map(() => model.classify(picture())));
    workers[0]?.events.onLost(loss);
    workers[0]?.events.onLost(loss);
    const lost = { name: "MobileNetError", code: "worker-lost", received: loss.reason };
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: lost });
    }
    await expect(model.classify(picture())).rejects.toMatchObject(lost);
    await expect(model.classify(picture())).rejects.toThrow(/Load the model again/);
    model.dispose();
  });

  it("for want of memory says so", async () => {
    const { loaders, workers } = start({ drops: ({ kind }) => kind === "call" });
    using model = await loaders.loadClassifier("classifier", { worker });
    const call = model.classify(picture());
    workers[0]?.events.onLost({ reason: "heap out of memory", memory: true });
    await expect(call).rejects.toMatchObject({ code: "memory" });
  });

  it("over the model rejects the loading", async () => {
    const { loaders } = start({
      drops: ({ kind }, { events }) => {
        if (kind === "load") events.onLost(loss);
        return true;
      },
    });
    const loading = loaders.loadClassifier("classifier", { worker });
    await expect(loading).rejects.toMatchObject({ code: "worker-lost" });
  });
});

describe("where a worker cannot be had", () => {
  it.each([
    [
      "it does not start",
      "workers are forbidden",
      () => {
        throw new Error("workers are forbidden");
      },
    ],
    [
      "its script fails",
      "no such file",
      ({ events }: { events: { onLost: (of: object) => void } }) =>
        events.onLost({ reason: "no such file", memory: false }),
    ],
  ] as const)("because %s, the calling thread works and says why", async (_, why, onStart) => {
    const read = classifier();
    const warnings: string[] = [];
    const { loaders } = sameThread({ read: () => read }, { onStart: onStart as never });
    const onWarning = (message: string): void => void warnings.push(message);
    using model = await loaders.loadClassifier("read", { worker, onWarning });
    expect(model.description).toMatch(new RegExp(`^wasm .* \\(no worker: ${why}\\)$`));
    expect(warnings).toEqual([expect.stringContaining(why)]);
    expect(await model.classify(picture())).toHaveLength(5);
  });

  it("loading stops at its signal", async () => {
    const controller = new AbortController();
    const { loaders, workers } = start({ onStart: () => controller.abort() });
    const { signal } = controller;
    const loading = loaders.loadClassifier("classifier", { worker, signal });
    await expect(loading).rejects.toMatchObject({ code: "aborted" });
    expect(workers[0]?.ended).toBe(true);
  });
});

/** An object's functions; two models' are never equal. */
function functions(of: object): object {
  const named = Object.entries(of).filter(([, value]) => typeof value === "function");
  return { ...Object.fromEntries(named), [Symbol.dispose]: Reflect.get(of, Symbol.dispose) };
}
