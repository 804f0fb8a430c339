/**
 * From `--data` and `--list` to the samples of a task: what the folder looks like is told from the
 * task of the model, since each task has its own kinds of datasets.
 */
import { dirname } from "node:path";
import {
  type DataPart,
  type DetectionData,
  type DetectionFormatName,
  detectionFormatNames,
  type MaskData,
  type MaskFormatName,
  maskFormatNames,
} from "../data/annotated.ts";
import { detectionSamples, maskSamples } from "../data/annotated-samples-node.ts";
import { translateClasses } from "../data/class-names.ts";
import { readDetections } from "../data/detections-node.ts";
import {
  readClassFolders,
  readImageList,
  readMultiLabelList,
} from "../data/labelled-images-node.ts";
import { readMasks } from "../data/masks-node.ts";
import type { ClassifiedSample, MultiLabelSample } from "../data/samples.ts";
import { statusOf } from "../disk/entries-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import type { EvaluationTask, EvaluationTypes } from "../evaluate/evaluators.ts";
import type { OnProgress } from "../hub/progress.ts";
import type { RgbImage } from "../image/image.ts";
import { type PictureLimits, pickLimits } from "../image/limits.ts";
import type { TakenAnnotations } from "../json/work.ts";
import { plural } from "./format.ts";
import { type TrainedOn, withoutTrained } from "./left-out-trained.ts";
import { isPublishedData, loadPublished, type PublishedName } from "./train/load-data.ts";
import { UsageError } from "./usage-error.ts";

/** What the user named. */
export interface DataSource {
  readonly data: string;
  readonly list: string | undefined;
  /** `--data-format`: of boxes or masks. */
  readonly format?: AnnotationFormat | undefined;
  /** `--void`: values of masks that do not count. */
  readonly voidValues?: readonly number[] | undefined;
}

/** The formats of annotations of every task. */
type AnnotationFormat = DetectionFormatName | MaskFormatName;

/** Their names, each once. */
export const annotationFormats: readonly AnnotationFormat[] = [
  ...new Set([...detectionFormatNames, ...maskFormatNames]),
];

/** What readers are told. */
export interface DataOptions extends PictureLimits, TrainedOn {
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
  /** `--score-threshold`. */
  readonly scoreThreshold?: number | undefined;
  /** `--threshold`. */
  readonly threshold?: number | undefined;
  /** How the download of published data goes. */
  readonly onProgress?: OnProgress | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** What to do about annotations that cannot be right. */
  readonly damaged?: "skip" | "stop" | undefined;
  /** Told which annotations are taken, and in words where that was chosen among several. */
  readonly onAnnotated?: ((about: TakenAnnotations, message?: string) => void) | undefined;
}

/**
 * The folder and list that are meant. `--data` may name the list itself, or published data.
 *
 * @throws UsageError where `--data` is left out or no folder.
 */
export async function checkDataSource(
  data: string | undefined,
  list: string | undefined,
): Promise<DataSource> {
  if (data === undefined) {
    throw new UsageError("no data was named", {
      remedy: "Name the dataset's folder with --data.",
    });
  }
  if (list === undefined && isPublishedData(data)) return { data, list };
  const status = await statusOf(data).catch((error: unknown) => {
    throw fileError(data, error);
  });
  if (status.isDirectory()) return { data, list };
  if (list === undefined && /\.(?:json|csv|tsv|txt|ya?ml|xml)$/i.test(data)) {
    return { data: dirname(data), list: data };
  }
  throw new UsageError("--data is no folder", {
    expected: "the folder of a dataset",
    received: data,
    remedy: "Name the folder with --data, and a list of its pictures with --list.",
  });
}

/**
 * Labelled pictures: a list where one is given, else class folders, or the test part of published data;
 * without those that the model was trained on.
 */
export async function readClassified(
  { data, list }: DataSource,
  options: DataOptions,
): Promise<readonly ClassifiedSample<RgbImage>[]> {
  if (list === undefined && isPublishedData(data)) return await readPublished(data, options);
  const samples =
    list === undefined
      ? await readClassFolders(data, readingOf(options))
      : await readImageList(list, { ...readingOf(options), folder: data });
  return await heldBack(samples, options);
}

/** Pictures with all of their classes: a list that says so, else as for one class a picture. */
async function readMultiLabel(
  source: DataSource,
  options: DataOptions,
): Promise<readonly MultiLabelSample<RgbImage>[]> {
  const { data, list } = source;
  if (list === undefined) {
    const samples = await readClassified(source, options);
    return samples.map(({ classIndex, ...sample }) => ({ ...sample, classIndices: [classIndex] }));
  }
  const samples = await readMultiLabelList(list, { ...readingOf(options), folder: data });
  return await heldBack(samples, options);
}

async function heldBack<
  Sample extends { readonly name: string; readonly path?: string | undefined },
>(samples: readonly Sample[], options: TrainedOn): Promise<readonly Sample[]> {
  const paths = samples.map(({ name, path = name }) => path);
  return await withoutTrained(samples, paths, options);
}

async function readPublished(
  name: PublishedName,
  { labels, ...options }: DataOptions,
): Promise<ClassifiedSample<RgbImage>[]> {
  const { classes, validation } = await loadPublished(name, options);
  const indices = translateClasses(classes, labels);
  const missing = classes.filter((_, index) => indices[index] === undefined);
  if (missing.length > 0) {
    throw new UsageError("the model does not know the classes of the data", {
      node: name,
      expected: classes.join(", "),
      received: `a model without ${missing.join(", ")}`,
    });
  }
  return Array.from({ length: validation.count }, (_, i) => ({
    name: validation.name(i),
    classIndex: indices[validation.label(i)]!,
    read: () => validation.picture(i),
  }));
}

/** What the readers of folders and lists are told of it. */
function readingOf({ labels, signal, onWarning, ...limits }: DataOptions) {
  return { labels, signal, onWarning, ...pickLimits(limits) };
}

/** Samples, and what their evaluator is told about them. */
interface Dataset<T extends EvaluationTask> {
  readonly samples: readonly EvaluationTypes<RgbImage>[T]["sample"][];
  readonly options?: Partial<EvaluationTypes<RgbImage>[T]["options"]>;
}

/** How a task is evaluated from the command line. */
interface DatasetRow<T extends EvaluationTask> {
  /** The model in a message. */
  readonly model: string;
  /** Whether `--score-threshold` means something to it. */
  readonly takesScore: boolean;
  /** Whether `--threshold` means something to it. */
  readonly takesThreshold: boolean;
  /** The formats that `--data-format` may name. */
  readonly formats: readonly AnnotationFormat[];
  /** Whether `--void` means something to it. */
  readonly takesVoid: boolean;
  /** Reads its data, and says what the evaluator shall know of them. */
  read(source: DataSource, options: DataOptions): Promise<Dataset<T>>;
}

/** A row for each task. */
export const datasets: { readonly [T in EvaluationTask]: DatasetRow<T> } = {
  classify: {
    model: "a model to classify by one label",
    ...{ takesScore: false, takesThreshold: false, takesVoid: false, formats: [] },
    read: async (source, options) => ({ samples: await readClassified(source, options) }),
  },
  "multi-label": {
    model: "a model to classify by several labels",
    ...{ takesScore: false, takesThreshold: true, takesVoid: false, formats: [] },
    read: async (source, options) => ({
      samples: await readMultiLabel(source, options),
      options: { threshold: options.threshold },
    }),
  },
  detect: {
    model: "a model to detect",
    ...{ takesScore: true, takesThreshold: false, takesVoid: false },
    formats: detectionFormatNames,
    async read({ data, list, format }, options) {
      const { reading, matching } = annotationReading(options);
      const settings = { ...reading, list, format: format as DetectionFormatName | undefined };
      const boxes = await readDetections(data, settings);
      const { part, samples, classes } = detectionSamples(boxes, matching);
      tellPart(boxes, part, options);
      return {
        samples: await heldBack(samples, options),
        options: { classes, scoreThreshold: options.scoreThreshold },
      };
    },
  },
  segment: {
    model: "a model to segment",
    ...{ takesScore: false, takesThreshold: false, takesVoid: true },
    formats: maskFormatNames,
    async read({ data, list, format, voidValues }, options) {
      const { reading, matching } = annotationReading(options);
      const settings = { ...reading, list, format: format as MaskFormatName | undefined };
      const masks = await readMasks(data, { ...settings, voidValues });
      const { part, samples } = maskSamples(masks, matching);
      tellPart(masks, part, options);
      return { samples: await heldBack(samples, options) };
    },
  },
};

/** What readers of annotations are told, and those who make samples of them. */
function annotationReading({ labels, damaged, signal, onWarning, ...limits }: DataOptions) {
  const reading = { signal, ...pickLimits(limits) };
  return { reading: { ...reading, damaged, onWarning }, matching: { ...reading, labels } };
}

function tellPart(
  { format, skipped, parts }: DetectionData | MaskData,
  part: DataPart,
  { onAnnotated }: DataOptions,
): void {
  const all = Object.entries(parts).filter(([, pictures]) => pictures.length > 0);
  const words =
    all.length === 1 && part !== "training"
      ? undefined
      : `the ${part} part of the data is taken, ${plural(parts[part]?.length ?? 0, "picture")}; the data have ${all.map(([name]) => name).join(", ")}`;
  onAnnotated?.({ format, part, skipped }, words);
}
