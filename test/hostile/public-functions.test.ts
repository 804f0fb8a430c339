/**
 * Every function that the package exports, with arguments of other kinds in each place, and with options
 * of other names: what comes of it is the library's own error. A function without a row fails here.
 */
import { createCanvas } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import * as client from "../../src/client/index.ts";
import { MobileNetError } from "../../src/errors.ts";
import * as main from "../../src/index.ts";
import * as training from "../../src/train/index.ts";
import { tinyModel } from "./tiny.ts";

const model = tinyModel();
const { graph } = model;
const { target } = main.wasmBackend;
const program = main.compile(graph, target);
const fresh = main.mobilenetV2({ width: 0.1, resolution: 32, classes: 2 });
const plan = training.planTraining(fresh);
const network = training.createReferenceNetwork(plan, { batch: 2 });
const classifier = await main.loadClassifier(model);
const picture = { width: 8, height: 8, data: new Uint8Array(192) };
const pictures = { count: 2, name: String, label: () => 0, picture: async () => picture };
const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
const samples = { count: 2, name: String, label: () => 0, read: async () => {} };
const context = createCanvas(8, 8).getContext("2d");
const box = { x: 1, y: 1, width: 4, height: 4 };
const matrix = main.confusionMatrix([{ actual: 0, predicted: 1 }], 2);
const weights = training.exportWeights(network);
const sgd = { kind: "sgd" } as const;
const schedule = { learningRate: 0.1, decay: { kind: "cosine" } } as const;
const layer = { name: "layer", input: "image", padding: "same", activation: "relu6" } as const;
const maker = { by: "content", model: "toy", identity: "1", dimensions: 2 } as const;
const indexed = { name: "a", bytes: 1, modified: 1, vector: Int8Array.of(1, 2) };
const pictureIndex: main.PictureIndex = { maker, pictures: [indexed] };
const describer = { maker, describe: async () => indexed.vector, dispose() {} };
const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
const noted = { name: "toy", classes: ["a"], skipped, format: "voc" } as const;
const file = { name: "a.png", path: "nowhere/a.png", width: 1, height: 1 };
const boxes = { ...noted, parts: { test: [{ ...file, objects: [] }] } };
const masks = { ...noted, voidValues: [255], parts: { test: [{ ...file, maskPath: file.path }] } };
const { models, ...asked } = client.createClient("http://127.0.0.1:9", {
  fetch: async () => Response.json([{}]),
});
const roundRun: training.RoundRun<training.ClassifierTrainingEvaluation> = {
  run: async function* () {
    yield* [];
    return { weights, bestEpoch: 1, bestHeadline: undefined, reason: "epochs" };
  },
  ...{
    firstCheckpoint: () => new Uint8Array(1),
    learningRate: () => 1,
    stepsOf: () => 1,
    epochs: 1,
  },
};
const round: training.Round = {
  ...{ epoch: 0, step: 0, shards: 1, localSteps: 1, state: new Uint8Array(1) },
};
const engine = { description: "none", arenaBytes: 0, infer: async () => [], dispose() {} };

/** A builder with a picture to start from. */
function builder(): main.GraphBuilder {
  const started = new main.GraphBuilder("started");
  started.input("image", [1, 8, 8, 3]);
  return started;
}

/** What an argument is: one of a fixed kind, or an object of options, whose names are known. */
interface Argument {
  readonly value: unknown;
  readonly options: boolean;
  /** Which of the wrong values are right here. */
  readonly takes: readonly string[];
}

const value = (given: unknown, ...takes: readonly string[]): Argument => ({
  ...{ value: given, options: false, takes },
});
const options = (given: object, ...takes: readonly string[]): Argument => ({
  ...{ value: given, options: true, takes: [...takes, "an empty object"] },
});

/** Of every exported function, its arguments; those of classes are their constructors'. */
const rows: Readonly<Record<string, readonly Argument[]>> = {
  addBackbone: [value(builder()), options({ width: 0.1 })],
  averagePrecision: [value([], "an empty list"), options({ labels: ["a"] })],
  bindWeights: [value(fresh), value(weights)],
  bottleneckResnet: [options({ width: 0.1 })],
  buildNetwork: [value(fresh.architecture)],
  cifar10DataSet: [options({ offline: true })],
  classActivation: [
    value({ weights: Float32Array.of(1, 2), classes: 2 }),
    value({ rows: 1, columns: 1, features: Float32Array.of(1) }),
    value(1),
  ],
  classScores: [value(matrix), value(["a", "b"], "an empty list")],
  classification: [options({ labelSmoothing: 0.1 })],
  clearGradients: [value(network)],
  compile: [value(graph), value(target)],
  convert: [value(model), options({ to: "safetensors" })],
  confusionMatrix: [value([], "an empty list"), value(2)],
  cosineSimilarity: [value([1]), value([1])],
  countCost: [value(graph)],
  createClient: [value("http://127.0.0.1:9"), options({ retries: 0 })],
  createOnnxruntimeBackend: [options({ providers: ["cpu"] })],
  createReferenceNetwork: [value(plan), options({ batch: 2 })],
  createWasmNetwork: [value(plan), options({ batch: 2 })],
  cutOut: [value(picture), value(new Uint8Array(64))],
  decodeRunLengths: [value({ size: [7, 1], counts: "231N" })],
  decodeImage: [value(new Uint8Array(9)), options({})],
  decodePictureIndex: [value(main.encodePictureIndex(pictureIndex))],
  deeplabV3: [options({ width: 0.1 })],
  detection: [options({ anchors: { featureMaps: [] }, boxCoder: [10, 10, 5, 5] })],
  withValidation: [
    value({ ...boxes, parts: { training: boxes.parts.test, validation: boxes.parts.test } }),
    options({}),
  ],
  detectionDataSet: [
    value({ ...boxes, parts: { training: boxes.parts.test, validation: boxes.parts.test } }),
    options({}),
  ],
  detectionSamples: [value(boxes), options({ labels: ["a"] })],
  doRound: [value(roundRun), value(round)],
  doShard: [value(roundRun), value(round), value(0)],
  drawDetections: [
    value(picture),
    value([{ label: "a", index: 0, score: 1, box }], "an empty list"),
    options({}),
  ],
  drawSegmentation: [value(picture), value(new Uint8Array(64)), options({ labels: ["a"] })],
  enableTurbo: [],
  encodeGreyPng: [value({ data: Uint8Array.of(1), width: 1, height: 1 })],
  encodePng: [value(picture)],
  encodePictureIndex: [value(pictureIndex)],
  encodeRunLengths: [value({ width: 1, height: 7, mask: new Uint8Array(7) }), value("string")],
  evaluateClassifier: [value(classifier), value([]), options({})],
  evaluateDetector: [value({ ...classifier, detect() {} }), value([]), options({})],
  evaluateMultiLabel: [value({ ...classifier, multiLabel: true }), value([]), options({})],
  evaluateNetwork: [
    value(network),
    value(samples),
    options({ objective: training.classification(), onSkipped() {} }),
  ],
  evaluateSegmenter: [value({ ...classifier, segment() {} }), value([]), options({})],
  evaluationPlots: [value({})],
  expectRareObjects: [value(network), value(0.01)],
  exportWeights: [value(network)],
  fileCheckpoint: [value("checkpoint", "a text")],
  folderDataSet: [value("nowhere"), options({})],
  floatNetwork: [value(graph)],
  GraphBuilder: [],
  groupCopies: [value(pictureIndex), options({ threshold: 0.5 })],
  importWeights: [value(network), value(weights)],
  indexPictures: [value("nowhere", "an empty list"), options({ describer })],
  inferShapes: [value(graph)],
  initialize: [value(network), options({ seed: 1 })],
  inspectModel: [value(model), options({})],
  l2Normalize: [value(Float32Array.of(1))],
  keepMasks: [value([], "an empty list"), options({ bytes: 9 })],
  maskDataSet: [
    value({ ...masks, parts: { training: masks.parts.test, validation: masks.parts.test } }),
    options({}),
  ],
  inverseFrequencyWeights: [value([3, 1], "an empty list")],
  medianFrequencyWeights: [
    value([], "an empty list", "a text", "an empty text"),
    options({ classes: 2 }),
  ],
  segmentation: [options({ ignore: 255 })],
  learningRate: [options(schedule), value(1), value(2)],
  listDataSet: [value("nowhere"), options({})],
  multiLabelDataSet: [value("nowhere"), options({})],
  multiLabelClassification: [options({ labelSmoothing: 0.1 })],
  loadClassifier: [value(model), options({})],
  loadDescriber: [options({ model, by: "content" })],
  loadDetector: [value(model), options({})],
  loadEmbedder: [value(model), options({})],
  loadModel: [value("nowhere"), options({})],
  loadSegmenter: [value(model), options({})],
  nearestPictures: [value(pictureIndex), value(Int8Array.of(1, 2)), options({ topK: 1 })],
  mask: [value({ classMap: new Uint8Array(1), classes: [] }), value("cat", "all")],
  meanIou: [value(matrix)],
  mnistDataSet: [options({ offline: true })],
  MobileNetError: [],
  mobilenetV1: [options({ width: 0.25 })],
  mobilenetV2: [options({ width: 0.1 })],
  openSamplePool: [options({ workers: 0 })],
  openSession: [options({ data, recipe: training.recipes.small, width: 0.1 })],
  OptimizerState: [value(network), options(sgd)],
  overlayActivation: [
    value(picture),
    value({ rows: 1, columns: 1, values: Float32Array.of(1) }),
    value(1),
  ],
  paintDetections: [value(context), value({ ...picture, detections: [] }), options({})],
  paintSegmentation: [
    value(context),
    value({ width: 8, height: 8, classMap: new Uint8Array(64), classes: [] }),
    options({}),
  ],
  maskSamples: [value(masks), options({ labels: ["a"] })],
  pictureSamples: [value(pictures), options(model.preprocess), options({}), options({})],
  pixelBox: [value(box), value(picture)],
  planTraining: [value(fresh)],
  pooledHead: [value(graph)],
  profile: [value(graph), value(target)],
  profileByBlock: [value(graph)],
  quantize: [value(model), options({ images: [picture] })],
  queuedExecutable: [value(program), value(engine)],
  Random: [value(1)],
  readDetections: [value("nowhere"), options({})],
  readClassFolders: [value("nowhere"), options({ labels: ["a"] })],
  readImageList: [value("nowhere"), options({ labels: ["a"], folder: "." })],
  readMultiLabelList: [value("nowhere"), options({ labels: ["a"], folder: "." })],
  readMasks: [value("nowhere"), options({})],
  realValues: [value({ dtype: "float32", shape: [1], data: Float32Array.of(1) })],
  reliability: [value([], "an empty list"), value(10)],
  scaleChannels: [value(8), value(1)],
  ServerError: [],
  segmentationFromJson: [value({ width: 1, height: 1, classes: [] })],
  selectOutputs: [value(graph), value(graph.outputs)],
  softMask: [value({ foregroundMap: Float32Array.of(1) })],
  somePictures: [value(pictures), value(1), value(1)],
  splitGraph: [value(fresh), value("block_12")],
  ssdliteDetection: [value([96, 96])],
  ssdlite: [options({ width: 0.1 })],
  tfliteFile: [value(model)],
  trainInRounds: [
    value(roundRun),
    options({ shards: 1, localSteps: 1, round: async () => [new Uint8Array(1)] }),
  ],
  train: [
    options({
      ...{ network, training: samples, objective: training.classification() },
      ...{ epochs: 1, seed: 1, optimizer: sgd, schedule },
    }),
  ],
  withRandomInt8Weights: [value(fresh)],
  withRandomWeights: [value(fresh)],
  writeTrainedModel: [
    value({ architecture: fresh.architecture, preprocess: model.preprocess, labels: ["a", "b"] }),
    value(weights),
  ],
};

/** Methods of what the functions give, with the same rules. */
const methods: Readonly<Record<string, readonly [(...given: never[]) => unknown, ...Argument[]]>> =
  {
    "conv2d of a builder": [(a, b) => builder().conv2d(a, b), value(8, "all"), options(layer)],
    "depthwiseConv2d of a builder": [(a) => builder().depthwiseConv2d(a), options(layer)],
    "resizeBilinear of a builder": [
      (a, b, c) => builder().resizeBilinear(a, b, c),
      value("resized", "all"),
      value("image"),
      options({ size: [4, 4], alignCorners: true, halfPixelCenters: false }),
    ],
    "build of a builder": [(a) => builder().build(a), value(["image"])],
    "prepare of the WebAssembly backend": [main.wasmBackend.prepare, value(program), options({})],
    "prepare of the reference": [main.referenceBackend.prepare, value(program), options({})],
    ...Object.fromEntries(
      Object.entries(asked).map(([verb, ask]) => [
        `${verb} of a client`,
        [ask, value(Uint8Array.of(1), "an empty list"), options({ model: "toy" })] as const,
      ]),
    ),
    "models of a client": [models, options({})],
    "classify of a classifier": [classifier.classify, value(picture), options({ topK: 1 })],
  };

const wrongValues: Readonly<Record<string, unknown>> = {
  null: null,
  "a number below 0": -7.5,
  "a text": "text",
  "a truth value": true,
  "an empty list": [],
  "an empty object": {},
  "a function": () => 1,
  "a promise": Promise.resolve(1),
};

type Call = (...given: readonly unknown[]) => unknown;

async function outcome(call: Call, given: readonly unknown[]): Promise<unknown> {
  try {
    const result = await call(...given);
    // A run says what it thinks of its options when its first event is asked for.
    const isRun = typeof result === "object" && result !== null && Symbol.asyncIterator in result;
    return isRun ? await (result as AsyncGenerator).next() : result;
  } catch (error) {
    return error;
  }
}

const exported = { ...main, ...training, ...client };
const functions = Object.entries(exported).filter(([, thing]) => typeof thing === "function");

function callOf(name: string): Call {
  const thing = exported[name as keyof typeof exported] as unknown as Call;
  const made = thing as unknown as new (...given: readonly unknown[]) => unknown;
  return /^[A-Z]/.test(name) ? (...given) => new made(...given) : thing;
}

const calls: readonly (readonly [string, Call, readonly Argument[]])[] = [
  ...Object.entries(rows).map(([name, given]) => [name, callOf(name), given] as const),
  ...Object.entries(methods).map(
    ([name, [call, ...given]]) => [name, call as unknown as Call, given] as const,
  ),
];

it("has a row for every function of the package", () => {
  expect(Object.keys(rows).sort()).toEqual(functions.map(([name]) => name).sort());
});

describe.each(calls.filter(([, , given]) => given.length > 0))("%s", (_, call, given) => {
  const cases = given.flatMap(({ takes }, place) =>
    Object.keys(wrongValues)
      .filter((kind) => !takes.includes("all") && !takes.includes(kind))
      .map((kind) => [kind, place] as const),
  );

  it.runIf(cases.length > 0).each(cases)("refuses %s in place %i", async (kind, place) => {
    const others = given.map((argument, i) => (i === place ? wrongValues[kind] : argument.value));
    const error = await outcome(call, others);
    expect(error).toBeInstanceOf(MobileNetError);
    expect(error).not.toMatchObject({ code: "internal" });
  });

  const places = given.flatMap((argument, place) => (argument.options ? [place] : []));
  it.runIf(places.length > 0).each(places)("refuses an unknown name in place %i", async (place) => {
    const named = given.map((argument, i) =>
      i === place ? { ...(argument.value as object), misspelt: true } : argument.value,
    );
    const error = await outcome(call, named);
    expect(error).toMatchObject({ code: "invalid-argument" });
    expect((error as Error).message).toContain('no option "misspelt"');
  });
});
