/**
 * A detector against boxes, by COCO's protocol: every detection counts, down to very low scores, and
 * the ranking by score is what is judged.
 */
import { checkClass, translateClasses } from "../data/class-names.ts";
import type { DetectedSample } from "../data/samples.ts";
import { pickLimits } from "../image/limits.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { Detection, Detector } from "../tasks/detector.ts";
import { checkLoaded } from "../tasks/loaded-model.ts";
import { wrongArgument } from "../wrong-argument.ts";
import {
  averagePrecision,
  type DetectionImage,
  type DetectionScores,
} from "./average-precision.ts";
import { overlap } from "./match-boxes.ts";
import {
  createStopwatch,
  type EvaluateOptions,
  evaluateOptionNames,
  runSamples,
  type Samples,
  type SkippedSample,
  type Throughput,
} from "./run-samples.ts";

/** How good one detector is. */
export interface DetectorScores extends DetectionScores {
  readonly model: string;
  readonly throughput: Throughput;
}

/** The outcome of `evaluateDetector`. */
export interface DetectorEvaluation extends DetectorScores {
  readonly task: "detect";
  /** Pictures that were judged. */
  readonly images: number;
  readonly skipped: SkippedSample[];
  /**
   * The second model on the same pictures. Agreement is the share of both models' detections above
   * their own score thresholds that the other has too: same class, overlap of at least one half;
   * absent where neither found anything.
   */
  readonly comparison?: DetectorScores & { readonly agreement?: number };
}

export interface EvaluateDetectorOptions<Input> extends EvaluateOptions {
  /** A second model; classes are compared by name. */
  readonly compare?: Detector<Input> | undefined;
  /** The classes that count, by index. Default: those of the samples' objects. */
  readonly classes?: readonly number[] | undefined;
  /**
   * Only detections with a score above this. Default: 1e-8, that of the published evaluation, which
   * judges the whole ranking; suppressing so many boxes takes a multiple of the network's own time. A grid's own, because cells join.
   */
  readonly scoreThreshold?: number | undefined;
  /** Told what was found in each picture that is judged, of every score above the threshold. */
  readonly onResult?:
    | ((sample: DetectedSample<Input>, detections: readonly Detection[]) => void)
    | undefined;
}

const optionNames: OptionNames<EvaluateDetectorOptions<unknown>> = {
  ...evaluateOptionNames,
  compare: true,
  classes: true,
  scoreThreshold: true,
  onResult: true,
};

/**
 * Evaluates a detector.
 *
 * @throws MobileNetError `invalid-argument` where a class is none of the model's, or no picture could
 *   be read; `aborted`; under `stop` whatever a bad picture throws.
 *
 * @example
 * ```ts
 * const detector = await loadDetector("ssdlite-coco");
 * const image = await readFile("examples/images/chelsea.png");
 * const classIndex = detector.labels.indexOf("cat");
 * const objects = [{ classIndex, box: { x: 30, y: 0, width: 400, height: 300 } }];
 * const result = await evaluateDetector(detector, [{ name: "chelsea", read: () => image, objects }]);
 * result.ap50; // 1
 * detector.dispose();
 * ```
 */
export async function evaluateDetector<Input>(
  detector: Detector<Input>,
  samples: Samples<DetectedSample<Input>>,
  options: EvaluateDetectorOptions<Input> = {},
): Promise<DetectorEvaluation> {
  checkOptions(options, optionNames, "evaluateDetector");
  const { compare, classes, signal } = options;
  for (const model of compare ? [detector, compare] : [detector])
    checkLoaded(model, "detect", "evaluateDetector");
  const { labels } = detector;
  const [time, otherTime] = [createStopwatch(), createStopwatch()];
  const translation = compare && translateClasses(compare.labels, labels);
  const judged: DetectionImage[] = [];
  const others: DetectionImage[] = [];
  let [shared, all] = [0, 0];
  const report = await runSamples(samples, options, async (sample, image: Input) => {
    const { name, objects } = sample;
    if (!Array.isArray(objects)) {
      throw wrongArgument("evaluateDetector", "samples with a list of objects", sample);
    }
    for (const { classIndex } of objects) checkClass(classIndex, labels, name);
    const wanted = { maxDetections: 100, ...pickLimits(options), signal };
    const of = (one: Detector<Input>) =>
      one.detect(image, { ...wanted, scoreThreshold: options.scoreThreshold ?? lowest(one) });
    const { detections } = await time.time(() => of(detector));
    const other = compare && (await otherTime.time(() => of(compare)));
    judged.push({ objects, detections: detections.map(scored) });
    options.onResult?.(sample, detections);
    if (other === undefined || compare === undefined) return;
    const translated = other.detections.flatMap((found) => {
      const index = translation?.[found.index];
      return index === undefined ? [] : [{ ...found, index }];
    });
    others.push({ objects, detections: translated.map(scored) });
    const certain = detections.filter(({ score }) => score > detector.scoreThreshold);
    const otherCertain = translated.filter(({ score }) => score > compare.scoreThreshold);
    shared += countShared(certain, otherCertain);
    all += certain.length + otherCertain.length;
  });
  const judgeAll = (images: readonly DetectionImage[]): DetectionScores =>
    averagePrecision(images, { labels, classes });
  return {
    task: "detect",
    images: report.images,
    model: detector.name,
    ...judgeAll(judged),
    throughput: time.throughput(report),
    skipped: report.skipped,
    ...(compare === undefined
      ? {}
      : {
          comparison: {
            ...(all === 0 ? {} : { agreement: (2 * shared) / all }),
            model: compare.name,
            ...judgeAll(others),
            throughput: otherTime.throughput(report),
          },
        }),
  };
}

/** The threshold under which a detector's whole ranking is judged. */
function lowest({ kind, scoreThreshold }: Detector<never>): number {
  return kind === "grid" ? scoreThreshold : 1e-8;
}

function scored({ index, score, box }: Detection): DetectionImage["detections"][number] {
  return { classIndex: index, score, box };
}

/** Pairs of detections of one class that overlap by half; each is in one pair at most. */
function countShared(some: readonly Detection[], others: readonly Detection[]): number {
  const free = new Set(others);
  let pairs = 0;
  for (const { index, box } of some) {
    let best: Detection | undefined;
    for (const other of free) {
      if (other.index !== index || overlap(box, other.box) < 0.5) continue;
      if (best === undefined || overlap(box, other.box) > overlap(box, best.box)) best = other;
    }
    if (best === undefined) continue;
    free.delete(best);
    pairs++;
  }
  return pairs;
}
