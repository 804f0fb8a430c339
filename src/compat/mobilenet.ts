/**
 * `@tensorflow-models/mobilenet` on this library: the same calls and results. As there, a picture is
 * stretched to the network's input with aligned corners and all of its pixels count, the background is no
 * class, and classes have ImageNet's long names.
 */
import { MobileNetError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { checkOptions } from "../option-names.ts";
import type { Classifier } from "../tasks/classifier.ts";
import type { LoaderOptions } from "../tasks/loaders.ts";
import { topK } from "../tasks/top-k.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";
import { type InferredTensor, inferredTensor } from "./inferred-tensor.ts";
import {
  type CompatOptions,
  checkTopK,
  type Library,
  type PictureTensor,
  pictureOf,
  splitOptions,
} from "./library.ts";

/** Which network, as `@tensorflow-models/mobilenet` asks for it. */
export interface MobileNetConfig {
  /** Only 2 is carried; a MobileNetV1 of one's own loads by `modelUrl`. Default: 2. */
  readonly version?: 1 | 2 | undefined;
  /**
   * The width: 1 is the hub's `imagenet` (8 bits), 0.5 and 0.75 are Keras's weights. Default: 1.
   */
  readonly alpha?: 0.25 | 0.5 | 0.75 | 1 | undefined;
  /** The address or path of a model of one's own, or its files. */
  readonly modelUrl?: string | ReadonlyMap<string, Uint8Array> | undefined;
  /** What brightness 0 and 255 become for that model. Default: `[-1, 1]`. */
  readonly inputRange?: readonly [number, number] | undefined;
}

/** A class and its probability. */
export interface NamedProbability {
  readonly className: string;
  /** 0 to 1. */
  readonly probability: number;
}

/** The object that `mobilenet.load()` gives. */
export interface MobileNet<Input> {
  /** The `topk` (3) most likely classes. */
  classify(image: Input | PictureTensor, topk?: number): Promise<NamedProbability[]>;
  /**
   * Logits `[1, 1000]`, or with `embedding` the pooled features, `[1, 1280]` at width 1. Unlike the
   * original's it has to be awaited.
   */
  infer(image: Input | PictureTensor, embedding?: boolean): Promise<InferredTensor>;
  /** Frees the model's memory. */
  dispose(): void;
}

const configNames = { version: true, alpha: true, modelUrl: true, inputRange: true } as const;

/** The weights of each width. */
const sources: Readonly<Record<string, string>> = {
  0.5: "keras:mobilenet_v2_0.5_224",
  0.75: "keras:mobilenet_v2_0.75_224",
  1: "imagenet",
};

/** `load` of the package, over a platform's loaders. */
export function mobilenetOn<Input, Source, Options extends LoaderOptions>(
  library: Library<Input, Source | string, Options>,
): (config?: MobileNetConfig, options?: CompatOptions<Options>) => Promise<MobileNet<Input>> {
  return async (config = {}, options = {} as CompatOptions<Options>) => {
    checkOptions(config, configNames, "mobilenet.load");
    const { running, finding } = splitOptions(options);
    const source = (config.modelUrl ?? publishedSource(config)) as Source | string;
    const found = await library.loadModel(source, finding);
    const model = await asThePackage(found, config);
    const classifier = await library.loadClassifier(model, {
      ...running,
      outputs: ["logits", "pool"],
    });
    return mobileNet(classifier);
  };
}

function publishedSource({ version = 2, alpha = 1 }: MobileNetConfig): string {
  const source = Object.hasOwn(sources, String(alpha)) ? sources[String(alpha)] : undefined;
  if (version === 2 && source !== undefined) return source;
  throw new MobileNetError("not-found", "these weights are not carried", {
    expected: "version 2 with alpha 0.5, 0.75 or 1",
    received: `version ${quote(version)} with alpha ${quote(alpha)}`,
    remedy: "Name a model of your own as modelUrl.",
  });
}

/** The model with the package's way of preparing pictures and naming classes. */
async function asThePackage(
  model: Model,
  { modelUrl, inputRange }: MobileNetConfig,
): Promise<Model> {
  const [least, most]: readonly unknown[] = Array.isArray(inputRange) ? inputRange : [-1, 1];
  const isRange = inputRange === undefined || Array.isArray(inputRange);
  if (!isRange || !isNumberIn(least, -1e6, 1e6) || !isNumberIn(most, -1e6, 1e6) || most <= least) {
    throw badValue("bad inputRange", "two numbers, the smaller one first", inputRange);
  }
  const { width, height, scale, offset } = model.preprocess;
  const step = (most - least) / 255;
  const asked = {
    scale: [step, step, step] as const,
    offset: [least, least, least] as const,
  };
  const own = modelUrl === undefined && inputRange === undefined;
  return {
    ...model,
    preprocess: {
      ...{ width, height, fit: { kind: "stretch" }, centers: "align-corners" },
      ...(own ? { scale, offset } : asked),
    },
    labels: await longNames(model.labels),
  };
}

/** The long names of ImageNet's classes; a background before them stays, other classes too. */
async function longNames(labels: readonly string[]): Promise<readonly string[]> {
  if (labels.length !== 1000 && labels.length !== 1001) return labels;
  const { imagenetSynsets } = await import("./imagenet-synsets.ts");
  return labels.length === 1001 ? ["background", ...imagenetSynsets] : imagenetSynsets;
}

function mobileNet<Input>(classifier: Classifier<Input>): MobileNet<Input> {
  const background = classifier.labels.length === 1001 ? 1 : 0;
  const names = classifier.labels.slice(background);
  const valuesOf = async (image: Input | PictureTensor): Promise<readonly Float32Array[]> => {
    const values = await classifier.values(await pictureOf<Input>(image), { decode: "full" });
    return values.map(({ data }) => data);
  };
  const logitsOf = async (image: Input | PictureTensor): Promise<Float32Array> =>
    (await valuesOf(image))[0]!.slice(background);
  return {
    async classify(image, topk = 3) {
      checkTopK(topk);
      const logits = await logitsOf(image);
      const probabilities = softmax(logits);
      return topK(probabilities, topk, logits).map((index) => ({
        className: names[index]!,
        probability: probabilities[index]!,
      }));
    },
    async infer(image, embedding = false) {
      if (!embedding) return inferredTensor(await logitsOf(image));
      return inferredTensor((await valuesOf(image))[1]!);
    },
    dispose: () => classifier.dispose(),
  };
}

/** Shares that sum to 1. */
function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return Float32Array.from(powers, (power) => power / sum);
}
