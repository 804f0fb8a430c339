/**
 * TensorFlow Lite's own metadata: a table in the file's `TFLITE_METADATA` entry that says how the input
 * is prepared and what the outputs mean, and names files in an archive at the file's end. Field numbers
 * are positions in the tables of metadata_schema.fbs.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import type { Stated } from "../file-facts.ts";
import { parseLabels } from "../labels/parse-labels.ts";
import { ZipArchive } from "../zip.ts";
import { FlatTable } from "./flatbuffer.ts";

/** What the metadata says. */
export interface StandardMetadata {
  /** The model's name and what it is for, in its author's words. */
  readonly title: string;
  /** `(byte − mean) / deviation` is the number that the input stands for; one of each, or one a channel. */
  readonly normalization?: {
    readonly means: readonly number[];
    readonly deviations: readonly number[];
  };
  readonly labels?: Stated<readonly string[]>;
  /** The lowest score that counts. */
  readonly scoreThreshold?: number;
  /** What is named and not to be had. */
  readonly notes: readonly string[];
}

const metadataName = "TFLITE_METADATA";
const most = {
  archiveBytes: 1 << 22,
  entries: 256,
  buffers: 100_000,
  tensors: 64,
  text: 1024,
  values: 1024,
  labels: 65_536,
};

/** The file's entry; undefined where it has none. */
export async function readStandardMetadata(
  file: Uint8Array,
): Promise<StandardMetadata | undefined> {
  const root = FlatTable.root(file, "TFL3");
  const entries = root.tables(6, most.entries);
  const entry = entries.find((table) => table.text(0, 64) === metadataName);
  if (entry === undefined) return undefined;
  const bytes = root.tables(4, most.buffers)[entry.uint32(1)]?.bytes(0);
  if (bytes === undefined) throw malformed("an entry with bytes", "none");
  return await readTables(FlatTable.root(bytes, "M001"), file);
}

async function readTables(model: FlatTable, file: Uint8Array): Promise<StandardMetadata> {
  const [graph] = model.tables(3, most.tensors);
  const inputs = graph?.tables(2, most.tensors) ?? [];
  const outputs = graph?.tables(3, most.tensors) ?? [];
  const unitsOf = (tables: readonly FlatTable[]): readonly FlatTable[] =>
    tables.flatMap((table) => table.tables(4, most.tensors));
  const option = (units: readonly FlatTable[], type: number): FlatTable | undefined =>
    units.find((unit) => unit.uint8(0) === type)?.table(1);
  const normalization = option(unitsOf(inputs), unitType.normalization);
  const threshold = option(unitsOf(outputs), unitType.scoreThresholding)?.float32(0);
  const calibrated = option(unitsOf(outputs), unitType.scoreCalibration) !== undefined;
  const labelFile = labelFileOf([
    ...outputs.flatMap((output) => output.tables(6, most.tensors)),
    ...(graph?.tables(4, most.tensors) ?? []),
    ...model.tables(6, most.tensors),
  ]);
  const labels = labelFile === undefined ? undefined : await readLabelFile(labelFile, file);
  const words = [model.text(0, most.text), model.text(1, most.text)].filter((text) => text !== "");
  return {
    title: words.join(": "),
    ...(normalization && { normalization: readNormalization(normalization) }),
    ...(labels && { labels }),
    ...(threshold !== undefined && { scoreThreshold: checkThreshold(threshold) }),
    notes: [
      ...(labelFile !== undefined && labels === undefined
        ? [`the metadata names ${quote(labelFile)}, which the file does not hold`]
        : []),
      ...(calibrated ? ["the metadata's calibration of scores is not applied"] : []),
    ],
  };
}

/** Kinds of units in the schema's union `ProcessUnitOptions`. */
const unitType = { normalization: 1, scoreCalibration: 2, scoreThresholding: 3 } as const;

/** Kinds of files in the schema: names along an axis of the output, or of its values. */
const labelTypes: readonly number[] = [2, 3];

/** The file of labels; of several, the first that is in no language in particular. */
function labelFileOf(associated: readonly FlatTable[]): string | undefined {
  const files = associated.filter((file) => labelTypes.includes(file.uint8(2)));
  const chosen = files.find((file) => file.text(3, 64) === "") ?? files[0];
  return chosen?.text(0, most.text);
}

async function readLabelFile(
  name: string,
  file: Uint8Array,
): Promise<Stated<readonly string[]> | undefined> {
  const bytes = await new ZipArchive(file).read(name);
  if (bytes === undefined) return undefined;
  const value = parseLabels({ path: name, bytes });
  if (value.length <= most.labels) return { value, from: `${name} within the file` };
  throw malformed(`at most ${most.labels} labels`, `${value.length}`);
}

function readNormalization(table: FlatTable): NonNullable<StandardMetadata["normalization"]> {
  const means = table.float32s(0, most.values);
  const deviations = table.float32s(1, most.values);
  const sound =
    means.length > 0 &&
    means.length === deviations.length &&
    means.every(Number.isFinite) &&
    deviations.every((value) => Number.isFinite(value) && value > 0);
  if (sound) return { means, deviations };
  throw malformed(
    "as many means as deviations, which are above 0",
    `${quote(means)}; ${quote(deviations)}`,
  );
}

function checkThreshold(value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw malformed("a score threshold from 0 to 1", quote(value));
}

function malformed(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "the file's metadata is malformed", {
    node: metadataName,
    expected,
    received,
  });
}
