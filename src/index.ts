/** The library in Node. `browser.ts` is its twin; what both share stands in the `common.ts` files. */

export {
  enableTurbo,
  type TurboAnswer,
  type TurboKernels,
  type TurboState,
} from "./backends/wasm/turbo.ts";
export { withRandomInt8Weights } from "./compile/random-int8-weights.ts";
export * from "./convert/common.ts";
export { convert } from "./convert/convert-node.ts";
export type {
  AnnotatedData,
  AnnotatedObject,
  AnnotatedPicture,
  DataPart,
  DataParts,
  DetectionData,
  DetectionFormatName,
  DetectionPicture,
  MaskData,
  MaskFormatName,
  MaskPicture,
} from "./data/annotated.ts";
export {
  type DetectedSamples,
  detectionSamples,
  maskSamples,
  type PartSampleOptions,
  type PartSamples,
} from "./data/annotated-samples-node.ts";
export type { AnnotationOptions } from "./data/annotation-options.ts";
export type { SkippedAnnotations } from "./data/bad-annotations.ts";
export { type DetectionOptions, readDetections } from "./data/detections-node.ts";
export {
  type DividedParts,
  type ValidationOptions,
  withValidation,
} from "./data/hold-back.ts";
export {
  type DatasetOptions,
  readClassFolders,
  readImageList,
  readMultiLabelList,
} from "./data/labelled-images-node.ts";
export { type MaskOptions, readMasks } from "./data/masks-node.ts";
export type { FolderReading, PictureReading } from "./data/picture-files-node.ts";
export * from "./evaluate/common.ts";
export { decodeImage } from "./image/decode-node.ts";
export {
  type DetectionsStyle,
  drawDetections,
  drawSegmentation,
  type FileStyle,
  type PictureFormat,
  type SegmentationStyle,
} from "./image/draw-node.ts";
export { encodeGreyPng, encodePng, type GreyPngRequest } from "./image/png-node.ts";
export { inspectModel } from "./inspect/inspect-node.ts";
export type { Ability, InspectedRange, InspectedTensor, Inspection } from "./inspect/inspection.ts";
export type { WeightScales } from "./quantize/affine.ts";
export type { Calibration } from "./quantize/observe.ts";
export type { PictureSource, SkippedPicture } from "./quantize/pictures.ts";
export type {
  QuantizedModel,
  QuantizeOptions,
  QuantizeProgress,
} from "./quantize/quantize-model.ts";
export { quantize } from "./quantize/quantize-node.ts";
export type { Agreement, QuantizationReport, QuantizedLayer } from "./quantize/report.ts";
export * from "./similar/common.ts";
export {
  type DescriberOptions,
  type IndexedFiles,
  type IndexOptions,
  indexPictures,
  loadDescriber,
  type PictureDescriber,
  type PictureFile,
} from "./similar/describer-node.ts";
export * from "./tasks/common.ts";
export {
  type LoadOptions,
  loadClassifier,
  loadDetector,
  loadEmbedder,
  loadModel,
  loadSegmenter,
  type ModelSource,
  type ResolveOptions,
} from "./tasks/node.ts";
