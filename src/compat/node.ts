/** Other packages' calls over this library, in Node. `browser.ts` is its twin. */
import { type LoadOptions, loadClassifier, loadDetector, loadModel } from "../tasks/node.ts";
import type { ImageInput } from "../tasks/platform.ts";
import { cocoSsdOn, type ObjectDetection, type ObjectDetectionConfig } from "./coco-ssd.ts";
import type { CompatOptions } from "./library.ts";
import { type MobileNet, type MobileNetConfig, mobilenetOn } from "./mobilenet.ts";
import { type NsfwClassifier, type NsfwConfig, nsfwOn } from "./nsfw.ts";

export type { LoadOptions } from "../tasks/node.ts";
export type * from "./common.ts";

const library = { loadModel, loadClassifier, loadDetector };

/**
 * In place of what `@tensorflow-models/mobilenet` exports, with MobileNetV2's weights.
 * A second argument has the options of this library's loaders (`threads`, `worker`, `signal` …).
 *
 * @throws MobileNetError `not-found` for a version or alpha that is not carried; else as `loadClassifier`.
 *
 * @example
 * ```ts
 * // A model of one's own; without modelUrl it names ImageNet's classes.
 * const model = await mobilenet.load({ modelUrl: "cifar10" });
 * const [best] = await model.classify(await readFile("examples/images/chelsea.png"), 1);
 * best.className; // "cat"
 * model.dispose();
 * ```
 */
export const mobilenet: {
  readonly load: (
    config?: MobileNetConfig,
    options?: CompatOptions<LoadOptions>,
  ) => Promise<MobileNet<ImageInput>>;
} = { load: /* @__PURE__ */ mobilenetOn(library) };

/**
 * In place of what `@tensorflow-models/coco-ssd` exports. A second argument has the options
 * of this library's loaders.
 *
 * @throws MobileNetError `not-found` for a base that is not carried; else as `loadDetector`.
 *
 * @example
 * ```ts
 * const model = await cocoSsd.load();
 * const [first] = await model.detect(await readFile("examples/images/astronaut.png"), 1);
 * first.class; // "person"
 * model.dispose();
 * ```
 */
export const cocoSsd: {
  readonly load: (
    config?: ObjectDetectionConfig,
    options?: CompatOptions<LoadOptions>,
  ) => Promise<ObjectDetection<ImageInput>>;
} = { load: /* @__PURE__ */ cocoSsdOn(library) };

/**
 * In place of what `nsfwjs` exports. A third argument has the options of this library's
 * loaders.
 *
 * @throws MobileNetError `not-found` for a model that is not carried; else as `loadClassifier`.
 *
 * @example
 * ```ts
 * const model = await nsfwjs.load("MobileNetV2");
 * const [best] = await model.classify(await readFile("examples/images/coffee.png"), 1);
 * best.className; // "Neutral"
 * model.dispose();
 * ```
 */
export const nsfwjs: {
  readonly load: (
    modelOrUrl?: string | ReadonlyMap<string, Uint8Array>,
    config?: NsfwConfig,
    options?: CompatOptions<LoadOptions>,
  ) => Promise<NsfwClassifier<ImageInput>>;
} = { load: /* @__PURE__ */ nsfwOn(library) };
