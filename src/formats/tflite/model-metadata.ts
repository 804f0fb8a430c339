/**
 * What belongs to weights and has no place in a graph (preprocessing, labels, the task) travels in
 * the file's metadata, as JSON under a name of our own. Other runtimes pass over it. A file may come
 * from anywhere, so what it says is checked field by field.
 */
import { MobileNetError } from "../../errors.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Assumption, DetectionSettings, Model } from "../../models/model.ts";
import { quote } from "../../untrusted.ts";
import { isRecord, parseJson } from "../files.ts";
import { detectionAsJson, readDetectionSettings } from "../read-detection.ts";
import { readPreprocess } from "../read-preprocess.ts";
import { FlatTable } from "./flatbuffer.ts";

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
  /** What the graph was built from, as it stands in the file. */
  readonly architecture?: unknown;
  /** What was assumed of the model that the file was made of. */
  readonly assumptions?: readonly Assumption[];
}

const most = { entries: 256, bytes: 1 << 24, labels: 65_536, assumptions: 16, text: 300 };

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
  // What nobody said stays an assumption, though the file settles it from now on.
  const assumed = model.assumptions?.map(({ about, assumed: text }) => [about, text]);
  const head = { name, task, architecture, preprocess, labels, detection, scores, assumed };
  const description = { version: 1, ...head };
  return new TextEncoder().encode(JSON.stringify(description));
}

/**
 * A file's entry; undefined where it has none.
 *
 * @throws MobileNetError `invalid-model` where an entry is there and malformed.
 */
export function readModelMetadata(file: Uint8Array): ModelMetadata | undefined {
  const root = FlatTable.root(file, "TFL3");
  const entry = root.tables(6, most.entries).find((table) => table.text(0, 64) === metadataName);
  if (entry === undefined) return undefined;
  const bytes = root.tables(4, 100_000)[entry.uint32(1)]?.bytes(0);
  if (bytes === undefined || bytes.length > most.bytes) {
    throw malformed("an entry with bytes", bytes ? `${bytes.length} bytes` : "none");
  }
  const value = parseJson(bytes, metadataName);
  if (!isRecord(value)) throw malformed("an object", typeof value);
  const { detection, scores = "logits", assumed, architecture } = value;
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
    ...(architecture === undefined ? {} : { architecture }),
    ...(assumed === undefined ? {} : { assumptions: readAssumptions(assumed) }),
  };
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
