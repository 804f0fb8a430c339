/** A shard as Parquet: a row for each line, the result in columns that queries want, the rest as JSON. */
import { whyAbsent } from "../disk/nearby.ts";
import { loadParquetWriter } from "../disk/peer-packages-node.ts";
import { MobileNetError } from "../errors.ts";
import type { BatchItems, BatchLine } from "../json/batch.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { WriteParquet } from "./shard.ts";

type ColumnType = "STRING" | "INT32" | "DOUBLE" | "JSON";

interface Column<V extends Verb> {
  readonly type: ColumnType;
  /** The value of a line that is a result. */
  readonly of: (item: BatchItems[V]) => unknown;
}

/** The columns of each verb, besides the picture's name and its error. */
const columns: { readonly [V in Verb]: Readonly<Record<string, Column<V>>> } = {
  classify: {
    label: { type: "STRING", of: ({ predictions }) => predictions[0]?.label },
    index: { type: "INT32", of: ({ predictions }) => predictions[0]?.index },
    score: { type: "DOUBLE", of: ({ predictions }) => predictions[0]?.score },
    predictions: { type: "JSON", of: ({ predictions }) => predictions },
  },
  detect: {
    width: { type: "INT32", of: ({ width }) => width },
    height: { type: "INT32", of: ({ height }) => height },
    detections: { type: "JSON", of: ({ detections }) => detections },
  },
  segment: {
    width: { type: "INT32", of: ({ width }) => width },
    height: { type: "INT32", of: ({ height }) => height },
    classes: { type: "JSON", of: ({ classes }) => classes },
  },
  embed: {},
};

function columnsOf<V extends Verb>(verb: V): Readonly<Record<string, Column<V>>> {
  return columns[verb];
}

/** The element of a column that is a list of numbers, as Parquet nests them. */
const vectorSchema = [
  { name: "embedding", converted_type: "LIST", num_children: 1, repetition_type: "OPTIONAL" },
  { name: "list", num_children: 1, repetition_type: "REPEATED" },
  { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
] as const;

/**
 * Loads what writes Parquet.
 *
 * @throws MobileNetError `missing-dependency` where the package is not there.
 */
export async function parquetWriter(): Promise<WriteParquet> {
  const { parquetWriteBuffer } = await loadParquetWriter().catch((cause: unknown) => {
    throw new MobileNetError("missing-dependency", "Parquet needs a package that is not there", {
      received: whyAbsent(cause),
      remedy: "Install it: npm install hyparquet-writer.",
      cause,
    });
  });
  return (verb, lines, vectors) => {
    const own = columnsOf<Verb>(verb);
    const columnData = [
      { name: "image", data: lines.map(({ image }) => image), type: "STRING" as const },
      { name: "error", data: lines.map(errorOf), type: "STRING" as const },
      ...Object.entries(own).map(([name, { type, of }]) => {
        return {
          name,
          type,
          data: lines.map((line) => ("error" in line ? null : (of(line) ?? null))),
        };
      }),
    ];
    if (verb !== "embed") return new Uint8Array(parquetWriteBuffer({ columnData }));
    const embedding = lines.map((line) => ("row" in line ? [...vectors[line.row]!] : null));
    return new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          ...columnData.map(({ name, data }) => ({ name, data })),
          { name: "embedding", data: embedding },
        ],
        schema: [
          { name: "root", num_children: 3 },
          {
            name: "image",
            type: "BYTE_ARRAY",
            converted_type: "UTF8",
            repetition_type: "REQUIRED",
          },
          {
            name: "error",
            type: "BYTE_ARRAY",
            converted_type: "UTF8",
            repetition_type: "OPTIONAL",
          },
          ...vectorSchema,
        ],
      }),
    );
  };
}

function errorOf(line: BatchLine): string | null {
  return "error" in line ? line.error : null;
}
