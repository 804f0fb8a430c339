/**
 * Options as JavaScript may give them: every checker refuses what it cannot use with the library's own
 * error, whatever the value is, or takes it; nothing else comes out.
 */
import { describe, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import { checkClass } from "../../src/data/class-names.ts";
import { confusionMatrix } from "../../src/evaluate/confusion.ts";
import { reliability } from "../../src/evaluate/reliability.ts";
import { pixelsToRgb, resolveDecodeOptions } from "../../src/image/decode.ts";
import { drawSegmentation } from "../../src/image/draw-node.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import type { Preprocess } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { quantizeModel } from "../../src/quantize/quantize-model.ts";
import { generateAnchors } from "../../src/tasks/anchors.ts";
import { decode } from "../../src/tasks/decode-node.ts";
import { loadClassifier, loadModel } from "../../src/tasks/node.ts";
import { openSamplePool } from "../../src/train/data/sample-pool-node.ts";
import { isFreezable, splitGraph } from "../../src/train/freeze.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { segmentation } from "../../src/train/objectives/segmentation.ts";
import { OptimizerState } from "../../src/train/optimizers.ts";
import { planTraining } from "../../src/train/plan.ts";
import { type Recipe, recipes } from "../../src/train/recipes.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { checkSchedule } from "../../src/train/schedules.ts";
import { openSession } from "../../src/train/session.ts";
import { train } from "../../src/train/trainer.ts";
import { toySamples } from "../train/toy-samples.ts";
import { tinyArchitecture, tinyModel } from "./tiny.ts";
import { expectOwnError, hostileObjects, hostileScalars, replaced } from "./values.ts";

const model = tinyModel();
const graph = mobilenetV2(tinyArchitecture);
const plan = planTraining(graph);
const grey = { width: 2, height: 2, data: new Uint8Array(12) };
const preset: Preprocess = model.preprocess;
const classifier = await loadClassifier(model);
const program = compile(model.graph, wasmBackend.target);
const network = createReferenceNetwork(plan, { batch: 2 });
const pictures = {
  count: 2,
  name: String,
  label: (index: number) => index,
  picture: async () => grey,
};
const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
const recipe = { ...recipes.small, epochs: 1, batch: 2 };
const run = {
  ...{ epochs: 1, seed: 1, accumulate: 1, patience: 1, checkpointSteps: 1, clipNorm: 1, views: 1 },
  ...{ averageDecay: 0.5, mixup: 0, cutmix: 0, damaged: "skip" },
  optimizer: recipe.optimizer,
  schedule: recipe.schedule,
};

async function firstEvent(options: object): Promise<void> {
  const events = train({
    network,
    training: toySamples(2, 3, 1),
    ...options,
  } as Parameters<typeof train>[0]);
  await events.next();
  await events.return(undefined as never);
}

/** Options whose values are all numbers, texts and truth values. */
const scalars: readonly (readonly [string, object, (options: never) => unknown])[] = [
  [
    "pictures to quantise with",
    { images: [grey] },
    (options) => quantizeModel(model, options, decode),
  ],
  ["mobilenetV2", { ...tinyArchitecture, batch: 1, outputStride: 32 }, mobilenetV2],
  ["decoding", { maxPixels: 1 }, resolveDecodeOptions],
  ["pixels", { width: 2, height: 2 }, (size: object) => pixelsToRgb({ ...grey, ...size } as never)],
  [
    "a preset's size",
    { width: 32, height: 32 },
    (size: object) => preprocess(grey, { ...preset, ...size }),
  ],
  ...[
    { kind: "central-crop", fraction: 0.5 },
    { kind: "resize-then-crop", shortestEdge: 32 },
    { kind: "pad", value: 0 },
  ].map(
    (fit) =>
      [
        "a preset's fit",
        fit,
        (of: object) => preprocess(grey, { ...preset, fit: of } as never),
      ] as const,
  ),
  [
    "drawing",
    { opacity: 0.5 },
    (style: object) => drawSegmentation(grey, new Uint8Array(4), { labels: ["a"], ...style }),
  ],
  ["classify", { topK: 1 }, (options) => classifier.classify(grey, options)],
  ["threads", { threads: 1 }, (options) => wasmBackend.prepare(program, options)],
  [
    "quantize",
    { calibration: "percentile", percentile: 99, io: "int8" },
    (options: object) => quantizeModel(model, { images: [grey], ...options } as never, decode),
  ],
  ["calibration bins", { bins: 15 }, ({ bins }: { bins: number }) => reliability([], bins)],
  ["score", { score: 0.5, correct: true }, (outcome) => reliability([outcome])],
  ["judgements", { actual: 0, predicted: 1 }, (judgement) => confusionMatrix([judgement], 2)],
  ["classes", { index: 0 }, ({ index }: { index: number }) => checkClass(index, ["a"], "x")],
  ["segmentation", { ignore: 255, classWeights: [1] }, segmentation],
  ["classification", { labelSmoothing: 0.1, classWeights: [1] }, classification],
  [
    "networks for training",
    { batch: 1, dropout: 0.1, batchNormDecay: 0.9 },
    (options) => createReferenceNetwork(plan, options),
  ],
  ["workers", { workers: 0 }, openSamplePool],
  [
    "freezing",
    { last: "stem" },
    ({ last }: { last: string }) =>
      isFreezable(last) ? splitGraph(graph, last) : splitGraph(graph, last),
  ],
  ...[
    { kind: "sgd", momentum: 0.9, weightDecay: 0.1 },
    { kind: "rmsprop", decay: 0.9, momentum: 0.9, epsilon: 1 },
    { kind: "adamw", beta1: 0.9, beta2: 0.9, epsilon: 1 },
  ].map(
    (options) => ["optimizers", options, (of: never) => new OptimizerState(network, of)] as const,
  ),
  [
    "warming up",
    { learningRate: 1, warmupEpochs: 1, warmupStart: 0.1 },
    (options: object) => checkSchedule({ decay: { kind: "constant" }, ...options } as never),
  ],
  ...[
    { kind: "cosine", end: 0 },
    { kind: "step", every: 1, factor: 0.5 },
    { kind: "exponential", factor: 0.5 },
  ].map(
    (decay) =>
      ["decays", decay, (of: never) => checkSchedule({ learningRate: 1, decay: of })] as const,
  ),
];

/** Options with lists and objects in them. */
const nested: readonly (readonly [string, object, (options: never) => unknown])[] = [
  [
    "loading",
    { backend: "reference", threads: 1 },
    (options: object) => loadClassifier(model, options),
  ],
  ["sources", { source: "no-such" }, ({ source }: { source: never }) => loadModel(source)],
  [
    "strides and edges",
    { strides: [2, 1, 2, 2, 2, 1, 2, 1], resolution: [32, 32], hidden: [8] },
    (options: object) => mobilenetV2({ ...tinyArchitecture, ...options }),
  ],
  ["colours", { background: [1, 2, 3] }, resolveDecodeOptions],
  [
    "anchors",
    { featureMaps: [[1, 1]], aspectRatios: [1] },
    (options: object) =>
      generateAnchors({
        minScale: 0.2,
        maxScale: 0.9,
        reduceBoxesInLowestLayer: true,
        ...options,
      } as never),
  ],
  [
    "options",
    { options: { signal: undefined } },
    ({ options }: { options: never }) => classifier.classify(grey, options),
  ],
  ["labels", { labels: ["a"] }, (options: object) => loadModel(new Map(), options)],
  ["runs", run, firstEvent],
  [
    "sessions",
    { batch: 2, dropout: 0, batchNormDecay: 0.9, width: 0.05, resolution: 32, freeze: undefined },
    async ({ batch, dropout, batchNormDecay, ...options }: Recipe) => {
      const changed = { ...recipe, batch, dropout, batchNormDecay };
      (await openSession({ data, recipe: changed, threads: 1, ...options })).dispose();
    },
  ],
];

describe.each(scalars)("%s", (_, options, use) => {
  it.each(Object.entries(hostileScalars))("may be given %s", async (name, value) => {
    for (const key of Object.keys(options)) {
      await expectOwnError(() => use({ ...options, [key]: value } as never), `${name} as ${key}`);
    }
  });
});

describe.each(nested)("%s", (_, options, use) => {
  it.each(Object.entries(hostileObjects))("may be given %s", async (name, value) => {
    for (const [path, copy] of replaced(options, value)) {
      if (path === "$") continue;
      await expectOwnError(() => use(copy as never), `${name} as ${path}`);
    }
  });
});
