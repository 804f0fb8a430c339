/**
 * What a TensorFlow.js model says about itself: layers by their classes or a graph's operations, with
 * the versions of what wrote it. Any of it may be missing or of another kind; then it is left out.
 */
import { parseJson } from "./files.ts";
import type { MainFile } from "./format.ts";
import { countNames, type FileOutline, type TensorOutline } from "./outline.ts";
import { type Json, listOf, outlineLayers, recordOf, textsAmong } from "./outline-layers.ts";

/** The outline of a `model.json` or `model.min.js`. */
export async function outlineTfjs({
  name,
  bytes,
  place,
}: Pick<MainFile, "name" | "bytes" | "place">): Promise<FileOutline> {
  const isScript = name.toLowerCase().endsWith(".min.js");
  const model = isScript
    ? (await import("./tfjs-bundle.ts")).unpackManifest(bytes, place)
    : parseJson(bytes, place);
  const json = recordOf(model);
  const topology = recordOf(json["modelTopology"]);
  const framework = [json["generatedBy"], json["convertedBy"]]
    .filter((text) => typeof text === "string" && text !== "")
    .join(" by ");
  const network = Array.isArray(topology["node"])
    ? ofGraph(topology, json)
    : outlineLayers(topology["model_config"] ?? topology);
  return { ...network, framework: framework || undefined };
}

/** What is no operation of a graph: constants, ends and what only says an order. */
const passive: readonly string[] = ["Const", "Placeholder", "NoOp", "Identity"];

function ofGraph(topology: Json, { signature }: Json): Omit<FileOutline, "framework"> {
  const nodes = listOf(topology["node"]);
  const ends = (kind: "inputs" | "outputs"): readonly TensorOutline[] =>
    Object.entries(recordOf(recordOf(signature)[kind])).map(([name, value]) => {
      const { dtype, tensorShape } = recordOf(value);
      return outlineOf(name, { dtype, shape: tensorShape });
    });
  const placeholders = nodes
    .filter(({ op }) => op === "Placeholder")
    .map(({ name, attr }) => {
      const { dtype, shape } = recordOf(attr);
      return outlineOf(typeof name === "string" ? name : "", {
        dtype: recordOf(dtype)["type"],
        shape: recordOf(shape)["shape"],
      });
    });
  const inputs = ends("inputs");
  return {
    operations: countNames(
      textsAmong(nodes.map(({ op }) => op)).filter((op) => !passive.includes(op)),
    ),
    inputs: inputs.length === 0 ? placeholders : inputs,
    outputs: ends("outputs"),
  };
}

function outlineOf(
  name: string,
  { dtype, shape }: { readonly dtype: unknown; readonly shape: unknown },
): TensorOutline {
  const sizes = listOf(recordOf(shape)["dim"]).map(({ size }) => Number(size));
  return {
    name,
    shape: sizes.map((size) => (Number.isSafeInteger(size) && size > 0 ? size : null)),
    dtype: dtype === "DT_FLOAT" ? "float32" : typeof dtype === "string" ? dtype : "unknown",
  };
}
