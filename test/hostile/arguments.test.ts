/**
 * Arguments of another kind than a function takes, as calls in JavaScript may hold them: left out, a text,
 * a number, or a model that nobody awaited. What comes out names what was expected and what came.
 */
import { describe, expect, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { profile } from "../../src/compile/profile.ts";
import { readDetections } from "../../src/data/detections-node.ts";
import { readClassFolders, readImageList } from "../../src/data/labelled-images-node.ts";
import { readMasks } from "../../src/data/masks-node.ts";
import { evaluateClassifier } from "../../src/evaluate/evaluate-classifier.ts";
import { evaluateDetector } from "../../src/evaluate/evaluate-detector.ts";
import { evaluateMultiLabel } from "../../src/evaluate/evaluate-multi-label.ts";
import { evaluateSegmenter } from "../../src/evaluate/evaluate-segmenter.ts";
import { profileByBlock } from "../../src/graph/profile-by-block.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { loadClassifier } from "../../src/tasks/node.ts";
import { cosineSimilarity } from "../../src/tasks/vectors.ts";
import { evaluateNetwork } from "../../src/train/evaluate.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { toySamples } from "../train/toy-samples.ts";
import { tinyArchitecture, tinyModel } from "./tiny.ts";
import { expectOwnError, hostileObjects } from "./values.ts";

const graph = mobilenetV2(tinyArchitecture);
const { target } = wasmBackend;
const classifier = await loadClassifier(tinyModel());
const network = createReferenceNetwork(planTraining(graph), { batch: 2 });
const judging = { objective: classification(), onSkipped: () => {} };
const labels = { labels: ["a"] };

/** By what it is and what it takes: a call with one argument replaced. */
const calls: readonly (readonly [string, expected: RegExp, (given: never) => unknown])[] = [
  ["profile's graph", /a graph/, (given) => profile(given, target)],
  ["profileByBlock's graph", /a graph/, profileByBlock],
  ["profile's target", /target/, (given) => profile(graph, given)],
  ["compile's graph", /a graph/, (given) => compile(given, target)],
  ["compile's target", /target/, (given) => compile(graph, given)],
  ["buildNetwork's architecture", /an architecture|There are|Did you/, buildNetwork],
  ["a vector", /arrays of numbers/, (given) => cosineSimilarity(given, [1])],
  ["another vector", /arrays of numbers/, (given) => cosineSimilarity([1], given)],
  ["a classifier", /a classifier, as load/, (given) => evaluateClassifier(given, [])],
  [
    "a classifier of several labels",
    /a classifier, as load/,
    (given) => evaluateMultiLabel(given, []),
  ],
  ["a detector", /a detector, as load/, (given) => evaluateDetector(given, [])],
  ["a segmenter", /a segmenter, as load/, (given) => evaluateSegmenter(given, [])],
  ["samples", /samples/, (given) => evaluateClassifier(classifier, given)],
  [
    "a network",
    /a network for training/,
    (given) => evaluateNetwork(given, toySamples(2, 3, 1), judging),
  ],
  ["a set of samples", /a set of samples/, (given) => evaluateNetwork(network, given, judging)],
  ["judging", /an objective/, (given) => evaluateNetwork(network, toySamples(2, 3, 1), given)],
  ["a folder's labels", /labels/, (given) => readClassFolders("examples", given)],
  ["a list's labels", /labels/, (given) => readImageList("examples", given)],
];

/** Functions that a text is for. */
const paths: readonly (readonly [string, (given: never) => unknown])[] = [
  ["readClassFolders", (given) => readClassFolders(given, labels)],
  ["readImageList", (given) => readImageList(given, { ...labels, folder: "." })],
  ["readDetections", (given) => readDetections(given)],
  ["readMasks", (given) => readMasks(given)],
];

const unawaited = Promise.resolve(classifier);

async function failure(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

describe.each(calls)("%s", (_, expected, use) => {
  it.each([
    ["nothing", undefined, /nothing/],
    ["a number", 7, /7/],
    ["a promise", unawaited, /a Promise\. Await the promise first\.$/],
  ])("is not %s", async (_, value, received) => {
    const error = await failure(() => use(value as never));
    expect(error).toMatchObject({ name: "MobileNetError", code: "invalid-argument" });
    expect((error as Error).message).toMatch(expected);
    expect((error as Error).message).toMatch(received);
  });

  it("is not a text", async () => {
    const error = await failure(() => use("text" as never));
    expect(error).toMatchObject({ name: "MobileNetError", code: "invalid-argument" });
    expect((error as Error).message).toContain('"text"');
  });

  it.each(Object.entries(hostileObjects))("may be %s", async (name, value) => {
    await expectOwnError(() => use(value as never), name);
  });
});

describe.each(paths)("the path of %s", (call, use) => {
  it.each([undefined, 7, unawaited])("is not %s", async (value) => {
    const error = await failure(() => use(value as never));
    expect(error).toMatchObject({ name: "MobileNetError", code: "invalid-argument" });
    expect((error as Error).message).toContain(`${call} was given something else: expected a path`);
  });
});

describe("a sample", () => {
  const some = { name: "a", read: () => ({ width: 1, height: 1, data: new Uint8Array(3) }) };
  const labelled = { ...classifier, detect: classifier.classify, segment: classifier.classify };

  it.each([
    ["a name", () => evaluateClassifier(classifier, ["a.jpg"] as never)],
    ["a list of objects", () => evaluateDetector(labelled as never, [some] as never)],
    ["a function readMask", () => evaluateSegmenter(labelled as never, [some] as never)],
  ])("has %s", async (part, evaluate) => {
    const error = await failure(evaluate);
    expect(error).toMatchObject({ name: "MobileNetError", code: "invalid-argument" });
    expect((error as Error).message).toContain(`expected samples with ${part}`);
  });
});

describe("buildNetwork", () => {
  it("names the network that was meant, else all", () => {
    const build = (network: string) => buildNetwork({ network } as never);
    expect(() => build("mobilenetv2")).toThrow(/"mobilenetv2"\. Did you mean mobilenet-v2\?/);
    expect(() => build("resnet")).toThrow(
      /There are mobilenet-v2, mobilenet-v1, bottleneck-resnet, ssdlite, deeplab/,
    );
  });
});
