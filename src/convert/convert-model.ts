/**
 * From a model to the files of another format: what the format and the model allow is settled first,
 * then the precision, then a writer of the table does its work; with pictures at hand, the files are read
 * back and their answers compared with the model's.
 */
import { hasBytes } from "../compile/plan-memory.ts";
import { MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import type { LoadHdf5 } from "../formats/keras/write-h5.ts";
import type { Graph } from "../graph/ir.ts";
import { pickLimits, pictureLimitNames } from "../image/limits.ts";
import type { Model } from "../models/model.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { fileEnds } from "../quantize/file-ends.ts";
import { picturesOf } from "../quantize/pictures.ts";
import type { Decode } from "../tasks/platform.ts";
import { quote } from "../untrusted.ts";
import { changeOf } from "./changes.ts";
import { checkWeights } from "./check-weights.ts";
import { compareOutputs } from "./compare-outputs.ts";
import type {
  ConversionReport,
  ConversionTarget,
  Converted,
  ConvertOptions,
  FileOptions,
  FilePrecision,
} from "./conversion.ts";
import { filePrecisions, targetNames, targets } from "./targets.ts";

const fileOptionNames: OptionNames<FileOptions> = {
  opset: true,
  layout: true,
  dynamicBatch: true,
  boxes: true,
  io: true,
  names: true,
};

const optionNames: OptionNames<ConvertOptions<unknown>> = {
  to: true,
  precision: true,
  ...fileOptionNames,
  images: true,
  ...pictureLimitNames,
  onProgress: true,
  backend: true,
  threads: true,
  onWarning: true,
  signal: true,
};

/** What a host adds: how pictures are decoded and files are loaded. */
interface ConversionHost<Input> {
  readonly decode: Decode<Input>;
  open(files: ModelFiles, signal: AbortSignal | undefined): Promise<Model>;
  /** Absent in pages. */
  readonly loadHdf5?: LoadHdf5 | undefined;
}

/** Converts a model whose pictures a platform decodes. */
export async function convertModel<Input>(
  model: Model,
  options: ConvertOptions<Input>,
  { decode, open, loadHdf5 }: ConversionHost<Input>,
): Promise<Converted> {
  const { to, files: fileOptions } = checked(options);
  const { images, signal, onProgress, backend, threads, onWarning } = options;
  const precision = precisionOf(model, options);
  const running = { backend, threads, onWarning };
  try {
    checkWeights(model.graph);
  } catch (error) {
    throw placeError(error, model.name);
  }
  const isQuantizing = precision === "int8" && !hasBytes(model.graph);
  const limits = pickLimits(options);
  const quantized =
    isQuantizing && images !== undefined
      ? await quantized8(
          model,
          { ...limits, ...running, images, signal, onProgress },
          { decode, open },
        )
      : undefined;
  throwIfAborted(signal);
  const write = await targets[to].load();
  const { files, settings, changes } = await write(quantized?.model ?? model, {
    ...fileOptions,
    precision,
    loadHdf5,
  });
  throwIfAborted(signal);
  const base: ConversionReport = {
    ...{ model: model.name, task: model.task, to, precision, settings },
    changes: [...(isQuantizing ? [changeOf("quantized")] : []), ...changes],
    bytes: { before: bytesOf(model.graph), after: total([...files.values()]) },
    ...(quantized && { agreement: quantized.agreement }),
  };
  if (images === undefined) return { files, report: base };
  const read = await open(files, signal);
  const { preprocess } = model;
  const pictures = picturesOf(images, {
    ...{ decode, preprocess, limits, signal, name: "images", keptBytes: 0 },
  });
  let done = 0;
  const comparison = await compareOutputs([model.graph, read.graph], pictures, {
    ...running,
    onPicture: () => onProgress?.({ phase: "compare", done: ++done, total: pictures.count }),
  });
  const { skipped } = pictures;
  return { files, report: { ...base, comparison, ...(skipped.length > 0 && { skipped }) } };
}

/** The model in 8 bits, as `quantize` makes it. */
async function quantized8<Input>(
  model: Model,
  options: Pick<ConvertOptions<Input>, "signal" | "onProgress" | "backend" | "threads"> & {
    readonly images: NonNullable<ConvertOptions<Input>["images"]>;
  },
  { decode, open }: ConversionHost<Input>,
) {
  const { quantizeModel } = await import("../quantize/quantize-model.ts");
  const { file, report } = await quantizeModel(model, options, decode);
  const read = await open(new Map([["model.tflite", file]]), options.signal);
  return { model: { ...read, name: model.name }, agreement: report.agreement };
}

/** What a model can be stored in; pictures make a float one 8-bit. */
function precisionOf<Input>(
  { name, graph }: Model,
  { to, precision, images, io }: ConvertOptions<Input>,
): FilePrecision {
  const isByte = hasBytes(graph);
  const wanted = precision ?? (isByte ? "int8" : "f32");
  const { title, precisions } = targets[to];
  if (!precisions.includes(wanted)) {
    const others = targetNames.filter((other) => targets[other].precisions.includes(wanted));
    const remedy = isByte
      ? `Convert it to ${others.join(" or ")}, or the float model that it was made of.`
      : `Convert it to ${others.join(" or ")}.`;
    throw new MobileNetError("unsupported", `${title} holds no ${wanted} model`, {
      ...{ node: name, expected: precisions.join(", "), received: wanted, remedy },
    });
  }
  if (isByte && wanted !== "int8") {
    throw new MobileNetError("unsupported", "an 8-bit model stays one", {
      ...{ node: name, expected: "int8", received: wanted },
      remedy: "Leave precision out, or convert the float model that it was made of.",
    });
  }
  if (!isByte && wanted === "int8" && images === undefined) {
    throw new MobileNetError("invalid-argument", "a float model becomes 8-bit by pictures", {
      ...{ node: name, expected: "images that the network's ranges are measured on" },
      remedy: "Give images, 100 or more where accuracy matters.",
    });
  }
  if (wanted !== "int8" && io !== undefined) {
    throw new MobileNetError("invalid-argument", "io is of 8-bit files", {
      ...{ node: name, expected: "precision int8", received: wanted },
      remedy: "Leave io out, or give precision int8 with images.",
    });
  }
  return wanted;
}

/** The options of a call that are the same for any model. */
function checked<Input>(options: ConvertOptions<Input>): {
  readonly to: ConversionTarget;
  readonly files: FileOptions;
} {
  checkOptions(options, optionNames, "convert");
  const { to, precision, io, images, signal } = options;
  throwIfAborted(signal);
  if (!targetNames.includes(to)) throw invalid("bad to", targetNames.join(", "), quote(to));
  if (precision !== undefined && !filePrecisions.includes(precision)) {
    throw invalid("bad precision", filePrecisions.join(", "), quote(precision));
  }
  if (io !== undefined && !fileEnds.includes(io)) {
    throw invalid("bad io", fileEnds.join(", "), quote(io));
  }
  if (images !== undefined && !(Array.isArray(images) && images.length > 0)) {
    throw invalid("bad images", "a list of at least one picture", quote(images));
  }
  const row = targets[to];
  const names = Object.keys(fileOptionNames) as (keyof FileOptions)[];
  const said = names.filter((name) => options[name] !== undefined);
  const foreign = said.find((name) => !row.options.includes(name));
  if (foreign !== undefined) {
    const takers = targetNames.filter((other) => targets[other].options.includes(foreign));
    throw new MobileNetError("invalid-argument", `${row.title} takes no ${foreign}`, {
      received: quote(options[foreign]),
      remedy: `Leave it out, or convert to ${takers.join(" or ")}.`,
    });
  }
  return { to, files: Object.fromEntries(said.map((name) => [name, options[name]])) };
}

function bytesOf({ parameters }: Graph): number {
  return total([...parameters.values()].flatMap(({ data }) => (data === undefined ? [] : [data])));
}

function total(arrays: readonly { readonly byteLength: number }[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function invalid(summary: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-argument", summary, { expected, received });
}
