/**
 * Post-training quantisation from a model and pictures to a `.tflite` file and a report. The order:
 * fold, (calibrate and equalise,) calibrate, choose 8 bits for every feature map, round the weights,
 * (correct the biases,) write, read back, compare.
 */
import { MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import { readTflite } from "../formats/tflite/tflite.ts";
import { writeTfliteModel } from "../formats/tflite/write-model.ts";
import type { Graph } from "../graph/ir.ts";
import { type PictureLimits, pickLimits, pictureLimitNames } from "../image/limits.ts";
import type { Preprocess } from "../image/presets.ts";
import type { Model } from "../models/model.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import { required } from "../required.ts";
import type { BackendOptions } from "../tasks/backend-choice.ts";
import type { CallOptions, Decode } from "../tasks/platform.ts";
import { elementCount } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { ValueRange, WeightScales } from "./affine.ts";
import { assignQuantization } from "./assign.ts";
import { type CalibrateOptions, calibrate, type Observations } from "./calibrate.ts";
import { type Equalized, equalizeChannels } from "./equalize.ts";
import { compareNetworks } from "./evaluate.ts";
import { type FileEnds, fileEnds, withEnds } from "./file-ends.ts";
import { foldedNetwork } from "./network.ts";
import { type Calibration, calibrations, needsHistogram, type Observation } from "./observe.ts";
import { type PictureSource, picturesOf } from "./pictures.ts";
import type { QuantizationReport } from "./report.ts";
import { quantizeGraph } from "./rewrite.ts";

/** How far a quantisation is. */
export interface QuantizeProgress {
  readonly phase: "calibrate" | "evaluate";
  /** Pictures; one may come up in several passes. */
  readonly done: number;
  readonly total: number;
}

/** Options of `quantize`. */
export interface QuantizeOptions<Input> extends BackendOptions, CallOptions, PictureLimits {
  /**
   * Pictures of the kind that the network will see, at least one; 100 or more where accuracy
   * matters. Functions are called up to four pictures ahead, once, or where there are more than 256 MB
   * of network inputs (425 at 224²) once in each pass.
   */
  readonly images: readonly PictureSource<Input>[];
  /** Pictures for the report alone. Default: those of the calibration. */
  readonly heldOut?: readonly PictureSource<Input>[] | undefined;
  /** How ranges of feature maps are chosen. Default: `min-max`. */
  readonly calibration?: Calibration | undefined;
  /** For `percentile`: where values are cut off, 50 to 100, both ends alike. Default: 99.99. */
  readonly percentile?: number | undefined;
  /** Whether weights have one scale for each output channel, or one for all. Default: `per-channel`. */
  readonly weights?: WeightScales | undefined;
  /** Take the mean error of rounded weights out of the biases. Default: true. */
  readonly biasCorrection?: boolean | undefined;
  /** Even out channels between neighbouring layers first. Default: false. */
  readonly equalize?: boolean | undefined;
  /**
   * What the file takes and gives; the network inside is int8. A picture's bytes are `uint8`, and
   * some runtimes (LiteRT.js) take nothing but `uint8` or `float32`. Default: `int8`.
   */
  readonly io?: FileEnds | undefined;
  /**
   * What to do about a picture that cannot be read: leave it out, as the report then says, or stop.
   * Default: `skip`.
   */
  readonly damaged?: "skip" | "stop" | undefined;
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined;
}

/** A quantised model. */
export interface QuantizedModel {
  /** A `.tflite` file with int8 weights and feature maps; loads like any other. */
  readonly file: Uint8Array;
  readonly report: QuantizationReport;
}

const optionNames: OptionNames<QuantizeOptions<unknown>> = {
  images: true,
  heldOut: true,
  calibration: true,
  percentile: true,
  weights: true,
  biasCorrection: true,
  equalize: true,
  io: true,
  damaged: true,
  ...pictureLimitNames,
  onProgress: true,
  backend: true,
  threads: true,
  onWarning: true,
  signal: true,
};

/** The network that is quantised; what is wrong with it is said of the model by its name. */
function floatNetwork({ name, graph }: Model): Graph {
  try {
    return foldedNetwork(graph);
  } catch (error) {
    throw placeError(error, name);
  }
}

/** Quantises a model whose pictures a platform decodes. */
export async function quantizeModel<Input>(
  model: Model,
  options: QuantizeOptions<Input>,
  decode: Decode<Input>,
): Promise<QuantizedModel> {
  const settings = checked(options);
  const { calibration, percentile, weights, biasCorrection, io, heldOut, signal } = settings;
  const { preprocess } = model;
  const { damaged } = settings;
  const source = { decode, preprocess, limits: pickLimits(options), damaged, signal };
  const histograms = needsHistogram(calibration);
  const passes = 1 + Number(histograms) + Number(settings.equalize);
  const once = heldOut !== undefined && passes === 1 ? { keptBytes: 0 } : {};
  const images = picturesOf(options.images, { ...source, ...once, name: "images" });
  const compared =
    heldOut === undefined
      ? images
      : picturesOf(heldOut, { ...source, name: "heldOut", keptBytes: 0 });
  const { backend, threads, onWarning } = options;
  const running: BackendOptions = { backend, threads, onWarning };
  const original = floatNetwork(model);
  const start = performance.now();

  const total = () => passes * images.count;
  const count = counter("calibrate", total, options.onProgress);
  const observe = (graph: Graph, pass: Pick<CalibrateOptions, "histograms">) =>
    calibrate(graph, images, { ...running, ...pass, onPicture: count });
  const equalized = settings.equalize
    ? equalizeBy(original, await observe(original, { histograms: false }))
    : undefined;
  const float = equalized?.graph ?? original;
  const observations = await observe(float, { histograms });
  const of = (name: string): Observation => required(observations, name);
  const inputRange = presetRange(model.preprocess);
  const inputs = new Set(float.nodes.filter(({ op }) => op === "input").map(({ name }) => name));
  const quantization = assignQuantization(float, (name) =>
    inputs.has(name) ? inputRange : of(name).range(calibration, percentile),
  );
  const means = biasCorrection ? (name: string): Float64Array => of(name).means() : undefined;
  const graph = quantizeGraph(float, { quantization, weights, means });
  const written = writeQuantized(model, graph, "int8");
  const file = io === "int8" ? written : writeQuantized(model, graph, io);
  const calibrated = performance.now();

  throwIfAborted(signal);
  const { layers, agreement } = await compareNetworks(
    { model, original, float, quantized: readTflite(written) },
    compared,
    { ...running, onPicture: counter("evaluate", () => compared.count, options.onProgress) },
  );
  const skipped = [...images.skipped, ...(compared === images ? [] : compared.skipped)];
  const seconds = (from: number, to: number): number => Math.round((to - from) / 10) / 100;
  const report: QuantizationReport = {
    model: model.name,
    task: model.task,
    settings: {
      calibration,
      ...(calibration === "percentile" ? { percentile } : {}),
      weights,
      biasCorrection,
      equalize: settings.equalize,
      io,
    },
    calibrationImages: images.count,
    evaluation: { images: compared.count, heldOut: heldOut !== undefined },
    ...(skipped.length > 0 ? { skipped } : {}),
    agreement,
    layers,
    ...(equalized === undefined
      ? {}
      : { equalization: { channels: equalized.channels, scaled: equalized.scaled } }),
    bytes: { before: weightBytes(original), after: file.length },
    seconds: {
      calibration: seconds(start, calibrated),
      evaluation: seconds(calibrated, performance.now()),
    },
  };
  return { file, report };
}

/** A file of an 8-bit network, with what is known of its model. */
export function writeQuantized(model: Model, graph: Graph, io: FileEnds): Uint8Array {
  return writeTfliteModel({ ...model, graph: withEnds(graph, io) });
}

function equalizeBy(graph: Graph, observations: Observations): Equalized {
  return equalizeChannels(graph, (name) => required(observations, name).peaks);
}

/** What a picture's bytes may become, whatever the pictures at hand. */
export function presetRange({ scale, offset }: Preprocess): ValueRange {
  const ends = scale.flatMap((factor, i) => [offset[i]!, 255 * factor + offset[i]!]);
  return { least: Math.min(...ends), greatest: Math.max(...ends) };
}

function weightBytes(graph: Graph): number {
  return [...graph.parameters.values()].reduce(
    (sum, { shape }) => sum + 4 * elementCount(shape),
    0,
  );
}

function counter(
  phase: QuantizeProgress["phase"],
  total: () => number,
  onProgress: ((progress: QuantizeProgress) => void) | undefined,
): () => void {
  let done = 0;
  return () => onProgress?.({ phase, done: ++done, total: total() });
}

/** The options with their defaults. */
function checked<Input>(options: QuantizeOptions<Input>) {
  checkOptions(options, optionNames, "quantize");
  const {
    images,
    heldOut,
    calibration = "min-max",
    percentile = 99.99,
    weights = "per-channel",
    biasCorrection = true,
    equalize: equalizing = false,
    io = "int8",
    damaged = "skip",
    signal,
  } = options;
  throwIfAborted(signal);
  for (const [name, list] of Object.entries({ images, heldOut })) {
    if (name === "heldOut" && list === undefined) continue;
    if (Array.isArray(list) && list.length > 0) continue;
    throw invalid(`bad ${name}`, "a list of at least one picture", quote(list));
  }
  if (!calibrations.includes(calibration)) {
    throw invalid("bad calibration", calibrations.join(", "), quote(calibration));
  }
  if (!(isNumberIn(percentile, 50, 100) && percentile > 50)) {
    throw invalid("bad percentile", "a number above 50 and up to 100", quote(percentile));
  }
  if (weights !== "per-channel" && weights !== "per-tensor") {
    throw invalid("bad weights", "per-channel or per-tensor", quote(weights));
  }
  if (!fileEnds.includes(io)) throw invalid("bad io", fileEnds.join(", "), quote(io));
  if (damaged !== "skip" && damaged !== "stop") {
    throw invalid("bad damaged", "skip or stop", quote(damaged));
  }
  const method = { calibration, percentile, weights, biasCorrection, equalize: equalizing, io };
  return { heldOut, ...method, damaged, signal };
}

function invalid(summary: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-argument", summary, { expected, received });
}
