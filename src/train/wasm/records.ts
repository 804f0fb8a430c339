/** Records as the kernels read them: fields of 4 bytes in the order of the classes in assembly/train/. */

/** assembly/train/unit.ts: a slice of a layer. */
const unit = [
  "slice",
  "inputs",
  "outputs",
  "inputChannels",
  "inputRows",
  "inputColumns",
  "outputRows",
  "outputColumns",
  "kernel",
  "stride",
  "dilation",
  "padTop",
  "padLeft",
  "x",
  "sourceZ",
  "sourceMean",
  "sourceScale",
  "sourceShift",
  "sourceRelu6",
  "sourceGradient",
  "sourceSums",
  "skip",
  "z",
  "mean",
  "statistics",
  "gradient",
  "a",
  "b",
  "d",
  "weights",
  "weightGradient",
  "packed",
  "zeros",
  "tile",
  "blockX",
  "blockZ",
  "blockRows",
] as const;

/** assembly/train/layer.ts: a layer as a whole. */
const layer = [
  "unit",
  "kind",
  "pass",
  "slices",
  "pixels",
  "gamma",
  "beta",
  "gammaGradient",
  "betaGradient",
  "movingMean",
  "movingVariance",
  "scale",
  "shift",
  "decay",
  "epsilon",
  "statistics",
  "sums",
  "partials",
  "partialBytes",
  "weightGradient",
  "rows",
  "columns",
  "pitch",
  "unitRows",
] as const;

/** assembly/train/run.ts: a step of a pass. */
const step = ["op", "units", "at", "pitch", "source", "ownUnits"] as const;

/** assembly/train/parallel.ts: a thread. */
const worker = ["team", "mayBlock", "tile", "blockX", "blockZ"] as const;

/** assembly/train/layer.ts: what a pass is about. */
const pass = ["samples", "ownStatistics"] as const;

/** assembly/train/unit.ts: a share of the samples. */
const slice = ["samples", "statistics"] as const;

interface Records {
  readonly unit: typeof unit;
  readonly layer: typeof layer;
  readonly step: typeof step;
  readonly worker: typeof worker;
  readonly pass: typeof pass;
  readonly slice: typeof slice;
}

const records: Records = { unit, layer, step, worker, pass, slice };

/** What a record is of. */
export type RecordName = keyof Records;

/** Numbers and addresses by field; those left out keep what they have, 0 at first. */
export type Fields<Name extends RecordName> = {
  readonly [Field in Records[Name][number]]?: number;
};

/** Values of 4 bytes in a record. */
export function recordSize(name: RecordName): number {
  return records[name].length;
}

/** Bytes from one record to the next where several stand together: whole cache lines. */
export function recordPitch(name: RecordName): number {
  return Math.ceil((recordSize(name) * 4) / 64) * 64;
}

/** Writes fields of the record at an address. */
export function writeRecord<Name extends RecordName>(
  memory: ArrayBufferLike,
  name: Name,
  address: number,
  values: Fields<Name>,
): void {
  const fields: readonly string[] = records[name];
  const words = new Uint32Array(memory, address, fields.length);
  for (const [field, value] of Object.entries(values)) {
    words[fields.indexOf(field)] = value as number;
  }
}
