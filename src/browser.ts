/** The library in a browser. `index.ts` is its twin; what both share stands in the `common.ts` files. */

export * from "./convert/common.ts";
export { convert } from "./convert/convert-browser.ts";
export * from "./evaluate/common.ts";
export { decodeImage } from "./image/decode-browser.ts";
export { inspectModel } from "./inspect/inspect-browser.ts";
export type { Ability, InspectedRange, InspectedTensor, Inspection } from "./inspect/inspection.ts";
export type { WeightScales } from "./quantize/affine.ts";
export type { Calibration } from "./quantize/observe.ts";
export type { PictureSource, SkippedPicture } from "./quantize/pictures.ts";
export { quantize } from "./quantize/quantize-browser.ts";
export type {
  QuantizedModel,
  QuantizeOptions,
  QuantizeProgress,
} from "./quantize/quantize-model.ts";
export type { Agreement, QuantizationReport, QuantizedLayer } from "./quantize/report.ts";
export {
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
