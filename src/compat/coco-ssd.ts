/**
 * `@tensorflow-models/coco-ssd` on this library: the same calls and results. As there, each box has one
 * class, boxes of all classes suppress each other, and the overlap that they may have is `minScore` too.
 */
import { MobileNetError } from "../errors.ts";
import { checkOptions } from "../option-names.ts";
import type { LoaderOptions } from "../tasks/loaders.ts";
import { quote } from "../untrusted.ts";
import {
  type CompatOptions,
  type Library,
  type PictureTensor,
  pictureOf,
  splitOptions,
} from "./library.ts";

/** Which network, as `@tensorflow-models/coco-ssd` asks for it. */
export interface ObjectDetectionConfig {
  /** Only `lite_mobilenet_v2`, the package's own default, is carried. */
  readonly base?: "lite_mobilenet_v2" | undefined;
  /** The address or path of a detector of one's own, or its files. */
  readonly modelUrl?: string | ReadonlyMap<string, Uint8Array> | undefined;
}

/** An object in a picture. */
export interface DetectedObject {
  /** Left, top, width and height in pixels. */
  readonly bbox: [x: number, y: number, width: number, height: number];
  readonly class: string;
  /** 0 to 1. */
  readonly score: number;
}

/** The object that `cocoSsd.load()` gives. */
export interface ObjectDetection<Input> {
  /** At most `maxNumBoxes` (20) objects with scores above `minScore` (0.5), most certain first. */
  detect(
    image: Input | PictureTensor,
    maxNumBoxes?: number,
    minScore?: number,
  ): Promise<DetectedObject[]>;
  /** Frees the model's memory. */
  dispose(): void;
}

const configNames = { base: true, modelUrl: true } as const;

/** `load` of the package, over a platform's loaders. */
export function cocoSsdOn<Input, Source, Options extends LoaderOptions>(
  library: Library<Input, Source | string, Options>,
): (
  config?: ObjectDetectionConfig,
  options?: CompatOptions<Options>,
) => Promise<ObjectDetection<Input>> {
  return async (config = {}, options = {} as CompatOptions<Options>) => {
    checkOptions(config, configNames, "cocoSsd.load");
    const { base = "lite_mobilenet_v2", modelUrl } = config;
    if (base !== "lite_mobilenet_v2") {
      throw new MobileNetError("not-found", "this base is not carried", {
        expected: "lite_mobilenet_v2",
        received: quote(base),
        remedy: "Name a detector of your own as modelUrl.",
      });
    }
    const { running, finding } = splitOptions(options);
    const source = (modelUrl ?? "ssdlite-coco") as Source | string;
    const detector = await library.loadDetector(await library.loadModel(source, finding), running);
    return {
      async detect(image, maxNumBoxes = 20, minScore = 0.5) {
        const picture = await pictureOf<Input>(image);
        const { detections } = await detector.detect(picture, {
          ...{ maxDetections: maxNumBoxes, scoreThreshold: minScore, iouThreshold: minScore },
          ...{ classAgnostic: true, decode: "full" },
        });
        return detections.map(({ label, score, box: { x, y, width, height } }) => ({
          ...{ bbox: [x, y, width, height], class: label, score },
        }));
      },
      dispose: () => detector.dispose(),
    };
  };
}
