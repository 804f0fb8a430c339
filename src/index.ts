/** The library in Node. `browser.ts` is its twin; what both share stands in `tasks/common.ts`. */
export * from "./tasks/common.ts";
export {
  type ImageInput,
  type LoadOptions,
  loadClassifier,
  loadDetector,
  loadEmbedder,
  loadSegmenter,
  type ModelSource,
} from "./tasks/node.ts";
