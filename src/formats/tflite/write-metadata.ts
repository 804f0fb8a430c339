/**
 * TensorFlow Lite's own metadata, the counterpart of standard-metadata.ts: how the input is prepared, what
 * the outputs mean, and the file of labels in the archive at the end. MediaPipe, ML Kit and LiteRT's task
 * libraries read it. Field numbers are positions in the tables of metadata_schema.fbs.
 */
import type { Model } from "../../models/model.ts";
import { withArchive } from "../stored-archive.ts";
import { type Field, type Table, writeFlatBuffer } from "./flatbuffer-writer.ts";

/** The entry's name, and that of the file with the classes' names. */
export const standardName: string = "TFLITE_METADATA";
const labelsName = "labels.txt";

/** In the schema: names along an axis of a tensor; an image; RGB; a normalisation. */
const kinds = {
  ...{ axisLabels: 2, valueLabels: 3, feature: 1, image: 2, boxes: 3, rgb: 1, normalization: 1 },
  /** Of a box: by its edges. */
  boundaries: 1,
} as const;

/**
 * The metadata's table, as bytes.
 *
 * @param suppressed - Whether a detector's objects leave the file.
 */
export function standardMetadata(model: Model, suppressed: boolean): Uint8Array {
  const { name, task, preprocess, graph, labels } = model;
  const { scale, offset, width, height } = preprocess;
  const normal: Table = {
    0: { f32s: scale.map((factor, c) => -offset[c]! / factor + 0) },
    1: { f32s: scale.map((factor) => 1 / factor) },
  };
  // The schema's deviations are above 0.
  const isPositive = scale.every((factor) => factor > 0);
  const size: Table = { 0: { i32: width }, 1: { i32: height } };
  const input: Table = {
    0: { text: "image" },
    1: { text: `A picture of ${width} × ${height} pixels, RGB.` },
    3: { table: union(kinds.image, { 0: { u8: kinds.rgb }, 1: { table: size } }) },
    ...(isPositive && { 4: { tables: [union(kinds.normalization, normal)] } }),
    // The greatest and the least number that goes in.
    5: { table: { 0: { f32s: ends(model).greatest }, 1: { f32s: ends(model).least } } },
  };
  const isGrid = task === "detect" && model.detection.kind === "grid";
  const outputs = (isGrid ? ["scores"] : outputNames[task]).map((output): Table => {
    const hasLabels = labels.length > 0 && output === "scores";
    return { 0: { text: output }, ...(hasLabels && { 6: labelsFile(kinds.axisLabels) }) };
  });
  const subgraph: Table = {
    0: { text: graph.name },
    2: { tables: [input] },
    ...(suppressed ? objectTables(labels.length > 0) : { 3: { tables: outputs } }),
  };
  const root: Table = {
    0: { text: name },
    1: { text: `A network to ${task}.` },
    2: { text: "1" },
    3: { tables: [subgraph] },
    // The first version of the schema has all but groups of tensors.
    7: { text: suppressed ? "1.2.0" : "1.0.0" },
  };
  return writeFlatBuffer(root, "M001");
}

/** The file of labels, by what they name: indices along an axis, or values. */
function labelsFile(kind: number): Field {
  const file: Table = {
    0: { text: labelsName },
    1: { text: "The classes, one a line." },
    2: { u8: kind },
  };
  return { tables: [file] };
}

/** The four tensors of objects and the group that they are, by the names that readers know. */
function objectTables(hasLabels: boolean): Table {
  const [least, most] = [{ i32: 2 }, { i32: 2 }];
  // The part of a tensor that has a value for each object.
  const range: Table = { 0: least, 1: most };
  const content = (kind: number, of: Table): Field => ({
    table: { ...union(kind, of), 2: { table: range } },
  });
  const corners: Table = {
    // Readers take left, top, right, bottom; the tensor has top, left, bottom, right.
    0: { i32s: [1, 0, 3, 2] },
    1: { u8: kinds.boundaries },
  };
  const feature = content(kinds.feature, {});
  const labels = hasLabels && { 6: labelsFile(kinds.valueLabels) };
  const [location, category, score] = ["location", "category", "score"] as const;
  const tensors: readonly Table[] = [
    { 0: { text: location }, 3: content(kinds.boxes, corners) },
    { 0: { text: category }, 3: feature, ...labels },
    { 0: { text: score }, 3: feature },
    { 0: { text: "number of detections" }, 3: { table: union(kinds.feature, {}) } },
  ];
  const group: Table = {
    0: { text: "detection_result" },
    1: { texts: [location, category, score] },
  };
  return { 3: { tables: tensors }, 8: { tables: [group] } };
}

/** A table of one of several kinds. */
function union(kind: number, table: Table): Table {
  return { 0: { u8: kind }, 1: { table } };
}

/** What leaves a graph, in order; what has the classes' names is called scores. */
const outputNames: Readonly<Record<Model["task"], readonly string[]>> = {
  classify: ["scores"],
  detect: ["boxes", "scores"],
  segment: ["scores"],
  embed: ["features"],
};

/** What bytes become, channel by channel. */
function ends({
  preprocess: { scale, offset },
}: Model): Readonly<Record<"least" | "greatest", readonly number[]>> {
  const both = scale.map((factor, c) => [offset[c]!, 255 * factor + offset[c]!]);
  return {
    least: both.map((values) => Math.min(...values)),
    greatest: both.map((values) => Math.max(...values)),
  };
}

/** The file with the archive of its labels behind it, where it has any. */
export function withLabels(file: Uint8Array, model: Model, suppressed: boolean): Uint8Array {
  const { labels } = model;
  if (labels.length === 0) return file;
  // Other readers count every column of the scores, that of the background too; objects have none.
  const hasBackground =
    !suppressed &&
    model.task === "detect" &&
    (model.detection.kind === "grid" || model.detection.background !== false);
  const lines = [...(hasBackground ? ["background"] : []), ...labels].map(oneLine);
  const text = new TextEncoder().encode(`${lines.join("\n")}\n`);
  return withArchive(file, new Map([[labelsName, text]]));
}

/** Whether a label cannot stand in a line as it is. */
export function breaksLine(label: string): boolean {
  return oneLine(label) !== label;
}

function oneLine(label: string): string {
  return label.replace(/[\r\n]+/g, " ");
}
