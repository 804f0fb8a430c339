/** A layer's record as the kernels read it: fields of 4 bytes in the order of assembly/train/unit.ts. */

const fields = [
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
  "sourceBeta",
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

/** A field's name. */
type Field = (typeof fields)[number];

/** Numbers and addresses by field; those left out are 0. */
export type UnitFields = { readonly [Name in Field]?: number };

/** Bytes of a record. */
export const unitBytes: number = fields.length * 4;

/** Writes some fields of the record at an address; the others keep what they have. */
export function writeUnit(memory: ArrayBufferLike, address: number, values: UnitFields): void {
  const words = new Uint32Array(memory, address, fields.length);
  for (const [index, name] of fields.entries()) {
    const value = values[name];
    if (value !== undefined) words[index] = value;
  }
}
