/** What both entries export: everything but the loaders, which know their platform. */
export type {
  Backend,
  Executable,
  FeatureTensor,
  InferOptions,
  Inputs,
  InputValues,
  InputWriter,
  OutputReader,
  PrepareOptions,
  QuantizedTensor,
  SynchronousExecutable,
} from "../backends/backend.ts";
export type { OnnxruntimeModule, OnnxruntimeSession } from "../backends/onnxruntime/module.ts";
export {
  createOnnxruntimeBackend,
  type OnnxruntimeBackend,
} from "../backends/onnxruntime/onnxruntime.ts";
export type {
  ExecutionProvider,
  OnnxruntimeOptions,
  OnnxruntimeSettings,
} from "../backends/onnxruntime/settings.ts";
export { type Engine, queuedExecutable } from "../backends/queued.ts";
export { realValues } from "../backends/real-values.ts";
export { referenceBackend } from "../backends/reference/reference.ts";
export { wasmBackend } from "../backends/wasm/wasm.ts";
export { compile } from "../compile/compile.ts";
export { type LayerProfile, type Profile, profile } from "../compile/profile.ts";
export type {
  FeatureLayout,
  MemoryRules,
  Operands,
  Program,
  Scratch,
  Slot,
  Step,
  Target,
  Work,
  Workspace,
} from "../compile/program.ts";
export { type ErrorCode, type ErrorDetails, type ErrorJson, MobileNetError } from "../errors.ts";
export type { ModelBytes, ModelFiles } from "../formats/files.ts";
export type { UnparsedLabels } from "../formats/labels/unparsed.ts";
export type { ModelOptions } from "../formats/model-options.ts";
export type { TensorOutline } from "../formats/outline.ts";
export type { ModelDescription } from "../formats/request.ts";
export type {
  Architecture,
  BlockVariant,
  BottleneckResnetArchitecture,
  DeeplabV3Architecture,
  Landmarks,
  MobileNetV1Architecture,
  MobileNetV2Architecture,
  SsdliteArchitecture,
} from "../graph/architecture.ts";
export { bindWeights } from "../graph/bind.ts";
export { GraphBuilder, type LayerOptions } from "../graph/builder.ts";
export { countCost, type GraphCost, type NodeCost } from "../graph/cost.ts";
export type {
  Activation,
  ActivationNode,
  AddNode,
  ArgMaxNode,
  AveragePool2dNode,
  BatchNormNode,
  ConcatNode,
  Conv2dNode,
  Convolution,
  DepthwiseConv2dNode,
  DequantizeNode,
  ElementFunction,
  ElementwiseNode,
  FeatureShape,
  GlobalAveragePoolNode,
  Graph,
  InputNode,
  InvertedResidualNode,
  MaxPool2dNode,
  MultiplyNode,
  Network,
  Node,
  Padding,
  PadNode,
  Pads,
  Parameter,
  ParameterQuantization,
  Quantization,
  QuantizeNode,
  ReshapeNode,
  ResizeBilinearNode,
  ResizeNearestNode,
  ScaledValues,
  SigmoidNode,
  SliceNode,
  SoftmaxNode,
  TransposeNode,
  Window,
} from "../graph/ir.ts";
export { type BlockProfile, type BlockRow, profileByBlock } from "../graph/profile-by-block.ts";
export { withRandomWeights } from "../graph/random-weights.ts";
export { selectOutputs } from "../graph/rewrite.ts";
export { inferShapes } from "../graph/shapes.ts";
export type { FetchOptions } from "../hub/fetch-url.ts";
export type { MirrorOptions, WeightsKind } from "../hub/named-forms.ts";
export type { DownloadProgress, OnProgress } from "../hub/progress.ts";
export type {
  HubFile,
  HubRecord,
  LabelFile,
  NpmRecord,
  NpmSource,
  PublishedMetric,
  ShippedRecord,
  ShippedSource,
  UrlRecord,
  UrlSource,
} from "../hub/record.ts";
export { hubRecords } from "../hub/records.ts";
export type { DecodeOptions, LeastSize, RgbaPixels } from "../image/decode.ts";
export type { Drawable } from "../image/drawable.ts";
export type { CanvasPixels, DrawingContext } from "../image/drawing/canvas-brush.ts";
export type { DrawableDetection } from "../image/drawing/lay-out-detections.ts";
export {
  type ClassifiedPixels,
  type DrawingStyle,
  type FoundObjects,
  type PaintedSize,
  type PaintStyle,
  paintDetections,
  paintSegmentation,
  type SegmentationPaintStyle,
} from "../image/drawing/paint-results.ts";
export type { Color, ImageSize, Rectangle, RgbImage } from "../image/image.ts";
export type { PictureLimits } from "../image/limits.ts";
export {
  type Fit,
  type PixelCenters,
  type Preprocess,
  type RangeName,
  ranges,
} from "../image/presets.ts";
export { type BottleneckResnetOptions, bottleneckResnet } from "../models/bottleneck-resnet.ts";
export { type DeeplabV3Options, deeplabV3 } from "../models/deeplab.ts";
export { type MobileNetV1Options, mobilenetV1 } from "../models/mobilenet-v1.ts";
export {
  addBackbone,
  type Backbone,
  type BackboneOptions,
  cifarStrides,
  type MobileNetV2Options,
  mobilenetV2,
  scaleChannels,
  table2,
} from "../models/mobilenet-v2.ts";
export type {
  AnchorSettings,
  Assumption,
  ClassifierModel,
  DetectionSettings,
  DetectorModel,
  FeatureModel,
  GridSettings,
  ListedAnchors,
  LogitEnlargement,
  Model,
  ModelOrigin,
  SegmenterModel,
  Task,
} from "../models/model.ts";
export {
  buildNetwork,
  type NetworkName,
  type NetworkRow,
  networks,
  type Variation,
} from "../models/networks.ts";
export { type SsdliteOptions, ssdlite } from "../models/ssdlite.ts";
export type { DType, Shape, Tensor, TensorData } from "../tensor.ts";
export type { BackendChoice } from "./backend-choice.ts";
export type { BackendName, NamedBackend } from "./backend-names.ts";
export type { Classifier, ClassifyOptions, ClassPrediction } from "./classifier.ts";
export type { Detection, Detections, DetectOptions, Detector } from "./detector.ts";
export type {
  EachInput,
  EachOptions,
  EachPictures,
  EachProgress,
  PictureOutcome,
} from "./each.ts";
export type { Embedder, EmbedOptions } from "./embedder.ts";
export type { LoaderOptions } from "./loaders.ts";
export type { NodeName, NodeValues } from "./named-values.ts";
export type { Tiles } from "./parts/tiles.ts";
export type {
  CallOptions,
  DecodeScale,
  ImageInput,
  LoadedModel,
  PictureInput,
  PictureOptions,
} from "./platform.ts";
export type { MapSize } from "./positions.ts";
export { cutOut, type MaskedSegmentation, mask, softMask } from "./results/masks.ts";
export { type PixelBox, pixelBox } from "./results/pixel-box.ts";
export {
  decodeRunLengths,
  encodeRunLengths,
  type PixelMask,
  type RunLengths,
} from "./results/run-lengths.ts";
export {
  type EncodedFloats,
  type SegmentationJson,
  segmentationFromJson,
} from "./results/segmentation-json.ts";
export type {
  AskedFor,
  Segmentation,
  SegmentationFor,
  SegmentedClass,
  Segmenter,
  SegmentOptions,
} from "./segmenter.ts";
export { cosineSimilarity, l2Normalize } from "./vectors.ts";
