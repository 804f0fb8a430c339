/**
 * `nsfwjs` on this library: the same calls and results, with the weights that the package carries.
 */
import { MobileNetError } from "../errors.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { checkOptions } from "../option-names.ts";
import type { Classifier, ClassPrediction } from "../tasks/classifier.ts";
import type { LoaderOptions } from "../tasks/loaders.ts";
import { quote } from "../untrusted.ts";
import { type InferredTensor, inferredTensor } from "./inferred-tensor.ts";
import {
  type CompatOptions,
  checkTopK,
  type Library,
  type PictureTensor,
  pictureOf,
  splitOptions,
} from "./library.ts";
import type { NamedProbability } from "./mobilenet.ts";

/** Settings of a model, as `nsfwjs` takes them. */
export interface NsfwConfig {
  /** The edge of the network's input in pixels, where the model's files leave it open. */
  readonly size?: number | undefined;
  /** `graph` or layers; the files tell, so that it is not read. */
  readonly type?: string | undefined;
}

/** The object that `nsfwjs.load()` gives. */
export interface NsfwClassifier<Input> {
  /** The `topk` (5) most likely of Drawing, Hentai, Neutral, Porn and Sexy. */
  classify(image: Input | PictureTensor, topk?: number): Promise<NamedProbability[]>;
  /** All probabilities, `[1, classes]`, in the order of the model. Has to be awaited. */
  infer(image: Input | PictureTensor): Promise<InferredTensor>;
  /** Frees the model's memory. */
  dispose(): void;
}

const configNames = { size: true, type: true } as const;

/** `load` of the package, over a platform's loaders. */
export function nsfwOn<Input, Source, Options extends LoaderOptions>(
  library: Library<Input, Source | string, Options>,
): (
  modelOrUrl?: string | ReadonlyMap<string, Uint8Array>,
  config?: NsfwConfig,
  options?: CompatOptions<Options>,
) => Promise<NsfwClassifier<Input>> {
  return async (
    modelOrUrl = "MobileNetV2",
    config = {},
    options = {} as CompatOptions<Options>,
  ) => {
    checkOptions(config, configNames, "nsfwjs.load");
    const { running, finding } = splitOptions(options);
    const source = sourceOf(modelOrUrl) as Source | string;
    const model = await library.loadModel(source, finding);
    const { width } = model.preprocess;
    if (config.size !== undefined && config.size !== width) {
      throw new MobileNetError("invalid-argument", "the model has another size", {
        expected: quote(width),
        received: quote(config.size),
      });
    }
    // What the package does with every model: the whole picture, aligned corners, 0 to 1.
    const preprocess: Preprocess = {
      ...model.preprocess,
      fit: { kind: "stretch" },
      centers: "align-corners",
      ...ranges.unit,
    };
    return nsfwClassifier(await library.loadClassifier({ ...model, preprocess }, running));
  };
}

function sourceOf(model: string | ReadonlyMap<string, Uint8Array>): unknown {
  if (model === "MobileNetV2") return "nsfw";
  if (model !== "MobileNetV2Mid" && model !== "InceptionV3") return model;
  throw new MobileNetError("not-found", "this model is not carried", {
    expected: '"MobileNetV2" or the address of a model',
    received: quote(model),
  });
}

function nsfwClassifier<Input>(classifier: Classifier<Input>): NsfwClassifier<Input> {
  const { labels } = classifier;
  const ranked = async (image: Input | PictureTensor, topK: number): Promise<ClassPrediction[]> =>
    classifier.classify(await pictureOf<Input>(image), { topK, decode: "full" });
  return {
    async classify(image, topk = 5) {
      checkTopK(topk);
      const classes = await ranked(image, topk);
      return classes.map(({ label, score }) => ({ className: label, probability: score }));
    },
    async infer(image) {
      const classes = await ranked(image, labels.length);
      const probabilities = new Float32Array(labels.length);
      for (const { index, score } of classes) probabilities[index] = score;
      return inferredTensor(probabilities);
    },
    dispose: () => classifier.dispose(),
  };
}
