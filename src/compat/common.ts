/** The types of the adapters, for both entries. */
export type { ImageInput } from "../tasks/platform.ts";
export type { DetectedObject, ObjectDetection, ObjectDetectionConfig } from "./coco-ssd.ts";
export type { InferredTensor } from "./inferred-tensor.ts";
export type { CompatOptions, PictureTensor } from "./library.ts";
export type { MobileNet, MobileNetConfig, NamedProbability } from "./mobilenet.ts";
export type { NsfwClassifier, NsfwConfig } from "./nsfw.ts";
