/** TensorFlow Lite's metadata and the archive behind it, as its tools write them. */
import { deflateRawSync } from "node:zlib";
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

/** A file with an archive at its end. */
export function withArchive(
  file: Uint8Array,
  files: Readonly<Record<string, string>>,
  {
    deflated = false,
    relative = false,
  }: { readonly deflated?: boolean; readonly relative?: boolean } = {},
): Uint8Array {
  const parts: Uint8Array[] = [file];
  const directory: Uint8Array[] = [];
  let position = file.length;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    position += bytes.length;
  };
  const base = relative ? file.length : 0;
  for (const [name, text] of Object.entries(files)) {
    const path = new TextEncoder().encode(name);
    const bytes = new TextEncoder().encode(text);
    const packed = deflated ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const method = deflated ? 8 : 0;
    const sizes = [0, packed.length, bytes.length];
    const start = position - base;
    push(record([0x04034b50], [20, 0, method, 0, 0], sizes, [path.length, 0]));
    push(path);
    push(packed);
    const lengths = [path.length, 0, 0, 0, 0];
    directory.push(
      record([0x02014b50], [20, 20, 0, method, 0, 0], sizes, lengths, [0, start]),
      path,
    );
  }
  const start = position - base;
  for (const bytes of directory) push(bytes);
  const size = position - base - start;
  const count = Object.keys(files).length;
  push(record([0x06054b50], [0, 0, count, count], [size, start], [0]));
  return Uint8Array.from(parts.flatMap((bytes) => [...bytes]));
}

/** Numbers of four and two bytes in turn. */
function record(...groups: readonly (readonly number[])[]): Uint8Array {
  const bytes = groups.flatMap((numbers, i) =>
    numbers.flatMap((number) =>
      Array.from({ length: i % 2 === 0 ? 4 : 2 }, (_, byte) => (number >>> (8 * byte)) & 255),
    ),
  );
  return Uint8Array.from(bytes);
}
