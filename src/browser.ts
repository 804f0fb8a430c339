/** The library in a browser. `index.ts` is its twin; what both share stands in the `common.ts` files. */

export * from "./evaluate/common.ts";
export {
  type ImageInput,
  type LoadOptions,
  loadClassifier,
  loadDetector,
  loadEmbedder,
  loadModel,
  loadSegmenter,
  type ModelSource,
  type ResolveOptions,
} from "./tasks/browser.ts";
export * from "./tasks/common.ts";
