/**
 * What belongs to weights and has no place in a graph (preprocessing, labels, the task) travels in the
 * metadata of files that this library writes, as JSON under a name of our own, whatever the format. Other
 * runtimes pass over it. A file may come from anywhere, so what it says is checked field by field.
 */
import { MobileNetError } from "../errors.ts";
import type { Preprocess } from "../image/presets.ts";
import type { Assumption, DetectionSettings, LogitEnlargement, Model } from "../models/model.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { FileFacts } from "./file-facts.ts";
import { isRecord, parseJson } from "./files.ts";
import { detectionAsJson, readDetectionSettings } from "./read-detection.ts";
import { readPreprocess } from "./read-preprocess.ts";

/** The name of the entry. */
export const metadataName: string = "mobilenetv2";

/** What an entry tells. */
export interface ModelMetadata {
  readonly preprocess: Preprocess;
  readonly labels: readonly string[];
  /** How a detector's boxes and scores are read. */
  readonly detection?: DetectionSettings;
  /** That a segmenter's scores are probabilities. */
  readonly scores?: "probabilities";
  /** How an 8-bit segmenter's logits come to the size of its input. */
  readonly enlargement?: LogitEnlargement;
  /** What the graph was built from, as it stands in the file. */
  readonly architecture?: unknown;
  /** What was assumed of the model that the file was made of. */
  readonly assumptions?: readonly Assumption[];
}

const most = { bytes: 1 << 24, labels: 65_536, assumptions: 16, text: 300, sizes: 8 };

/** What an assumption may be about, where the file's description now says it. */
const abouts = ["range", "fit", "labels", "resolution", "head"] as const;

/** The entry of a model. */
export function describeModel(model: Model): Uint8Array {
  const { name, task, preprocess, labels, graph } = model;
  const { architecture } = graph;
  // A grid shows in the graph.
  const settings =
    task === "detect" && model.detection.kind !== "grid" ? model.detection : undefined;
  const detection = settings && detectionAsJson(settings);
  const scores = task === "segment" ? model.scores : undefined;
  const enlargement = task === "segment" ? model.enlargement : undefined;
  // What nobody said stays an assumption, though the file settles it from now on.
  const assumed = model.assumptions?.map(({ about, assumed: text }) => [about, text]);
  const head = { name, task, architecture, preprocess, labels, detection, scores, enlargement };
  return new TextEncoder().encode(JSON.stringify({ version: 1, ...head, assumed }));
}

/**
 * What an entry says.
 *
 * @throws MobileNetError `invalid-model` where it is malformed.
 */
export function readModelDescription(bytes: Uint8Array): ModelMetadata {
  if (bytes.length > most.bytes) {
    throw malformed(`at most ${most.bytes} bytes`, `${bytes.length} bytes`);
  }
  const value = parseJson(bytes, metadataName);
  if (!isRecord(value)) throw malformed("an object", typeof value);
  const { detection, scores = "logits", assumed, architecture, enlargement } = value;
  if (scores !== "logits" && scores !== "probabilities") {
    throw malformed("scores that are logits or probabilities", quote(scores));
  }
  return {
    preprocess: readPreprocess(value["preprocess"], metadataName),
    labels: readLabels(value["labels"]),
    ...(detection === undefined
      ? {}
      : { detection: readDetectionSettings(detection, metadataName) }),
    ...(scores === "logits" ? {} : { scores }),
    ...(enlargement === undefined ? {} : { enlargement: readEnlargement(enlargement) }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(assumed === undefined ? {} : { assumptions: readAssumptions(assumed) }),
  };
}

/**
 * What a TensorFlow.js model's own entry says, which lies among what users may add to its `model.json`;
 * undefined where there is none.
 *
 * @throws MobileNetError `invalid-model` where it is malformed.
 */
export function readJsonDescription(json: unknown): ModelMetadata | undefined {
  const { userDefinedMetadata } = isRecord(json) ? json : {};
  const own = isRecord(userDefinedMetadata) ? userDefinedMetadata[metadataName] : undefined;
  if (own === undefined) return undefined;
  return readModelDescription(new TextEncoder().encode(JSON.stringify(own)));
}

/** What a file with an entry says beside its graph: the entry's word before all others. */
export function factsOf(own: ModelMetadata, facts: FileFacts, from: string): FileFacts {
  const { preprocess, labels, detection, scores, architecture, enlargement } = own;
  return {
    ...facts,
    preprocess: { value: preprocess, from },
    labels: { value: labels, from },
    assumptions: [...(facts.assumptions ?? []), ...(own.assumptions ?? [])],
    scores,
    enlargement,
    described: true,
    ...(architecture === undefined ? {} : { architecture: { value: architecture, from } }),
    ...(detection && { detection: { settings: detection, classes: labels.length } }),
  };
}

function readEnlargement(value: unknown): LogitEnlargement {
  const { scale, sizes } = isRecord(value) ? value : {};
  const isSide = (side: unknown): side is number =>
    isNumberIn(side, 1, 16_384) && Number.isInteger(side);
  const pairs = (Array.isArray(sizes) ? sizes.slice(0, most.sizes) : []).flatMap(
    (size: unknown): (readonly [number, number])[] => {
      const [rows, columns, ...others]: readonly unknown[] = Array.isArray(size) ? size : [];
      return isSide(rows) && isSide(columns) && others.length === 0 ? [[rows, columns]] : [];
    },
  );
  const isWhole = Array.isArray(sizes) && sizes.length > 0 && pairs.length === sizes.length;
  if (isNumberIn(scale, 0, 1e9) && scale > 0 && isWhole) return { scale, sizes: pairs };
  throw malformed("a scale and sizes of an enlargement", quote(value));
}

function readAssumptions(value: unknown): readonly Assumption[] {
  const items: readonly unknown[] = Array.isArray(value) ? value.slice(0, most.assumptions) : [];
  const made = "in the model that this was made of";
  const read = items.flatMap((item): Assumption[] => {
    const [name, text]: readonly unknown[] = Array.isArray(item) ? item : [];
    const about = abouts.find((each) => each === name);
    if (typeof text !== "string" || text.length > most.text) return [];
    return about === undefined ? [] : [{ about, assumed: `${text}, ${made}` }];
  });
  if (Array.isArray(value)) return read;
  throw malformed("a list of what was assumed", typeof value);
}

function readLabels(value: unknown): readonly string[] {
  const fits = (label: unknown): label is string =>
    typeof label === "string" && label.length < 1024;
  if (Array.isArray(value) && value.length <= most.labels && value.every(fits)) return value;
  throw malformed("a list of labels", typeof value);
}

function malformed(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "the file's own description is malformed", {
    node: metadataName,
    expected,
    received,
  });
}
