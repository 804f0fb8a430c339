/** What an ONNX file says about itself, whatever its operators are. */
import type { MainFile } from "../format.ts";
import { countNames, type FileOutline, type TensorOutline } from "../outline.ts";
import { readOnnxFile, type StoredEnd } from "./schema.ts";

/** Names of element types by their number in the schema. */
const elementTypes: Readonly<Record<number, string>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  16: "bfloat16",
};

/** The outline of an `.onnx` file. */
export async function outlineOnnx({
  bytes,
  place,
}: Pick<MainFile, "bytes" | "place">): Promise<FileOutline> {
  const { producer, nodes, inputs, outputs } = readOnnxFile(bytes, place);
  return {
    framework: producer === "" ? "ONNX" : `ONNX by ${producer}`,
    operations: countNames(
      nodes.map(({ kind, domain }) => (domain === "" ? kind : `${domain}.${kind}`)),
    ),
    inputs: inputs.map(onnxEnd),
    outputs: outputs.map(onnxEnd),
  };
}

function onnxEnd({ name, type, dims = [] }: StoredEnd): TensorOutline {
  const dtype = elementTypes[type] ?? `element type ${type}`;
  return { name, shape: dims.map((size) => size ?? null), dtype };
}
