/** TensorFlow Lite's metadata, as its tools write it. */
import { type Table, writeFlatBuffer } from "../../src/formats/tflite/flatbuffer-writer.ts";

/** What the metadata shall say. */
export interface MetadataSpec {
  readonly name?: string;
  readonly means?: readonly number[];
  readonly deviations?: readonly number[];
  /** A file of labels, with its language. */
  readonly labels?: readonly (readonly [file: string, locale: string])[];
  readonly scoreThreshold?: number;
}

/** The bytes of a `TFLITE_METADATA` entry. */
export function metadataBytes(spec: MetadataSpec): Uint8Array {
  const { name = "tiny", means, deviations = [], labels = [], scoreThreshold } = spec;
  const unit = (type: number, options: Table): Table => ({
    0: { u8: type },
    1: { table: options },
  });
  const normalization = unit(1, { 0: { f32s: means ?? [] }, 1: { f32s: deviations } });
  const threshold = unit(3, { 0: { f32: scoreThreshold ?? 0 } });
  const input: Table = {
    0: { text: "image" },
    ...(means === undefined ? {} : { 4: { tables: [normalization] } }),
  };
  const output: Table = {
    0: { text: "probability" },
    ...(scoreThreshold === undefined ? {} : { 4: { tables: [threshold] } }),
    6: {
      tables: labels.map(([file, locale]) => ({
        0: { text: file },
        2: { u8: 2 },
        ...(locale === "" ? {} : { 3: { text: locale } }),
      })),
    },
  };
  const graph: Table = { 2: { tables: [input] }, 3: { tables: [output] } };
  return writeFlatBuffer({ 0: { text: name }, 3: { tables: [graph] } }, "M001");
}
