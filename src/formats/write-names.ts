/**
 * Weights under this library's names become those of another: by the tables that read them. A place that
 * the tables have no name for is refused, so that no weight is left behind.
 */
import { MobileNetError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { SchemeRow, WeightPart } from "./naming-scheme.ts";
import { namesOf } from "./pattern-names.ts";

/** More blocks has no network of the family. */
const mostNumber = 20;

/**
 * Tensors under a scheme's names, in its order of dimensions.
 *
 * @param tensors - By this library's names.
 * @throws MobileNetError `unsupported` naming the weight that the scheme has no name for.
 */
export function writeNames(
  tensors: ReadonlyMap<string, Tensor<"float32">>,
  row: SchemeRow & Required<Pick<SchemeRow, "written">>,
): Map<string, Tensor<"float32">> {
  const { layers, parts, fullName, head, write } = row.written;
  const names = new Map<string, string[]>();
  const modules = layers.flatMap(([pattern]) =>
    Array.from({ length: mostNumber }, (_, number) => namesOf(pattern, number)).flat(),
  );
  const ends = parts.flatMap((pattern) => namesOf(pattern, 0));
  for (const local of new Set(modules.flatMap((name) => ends.map((end) => name + end)))) {
    const place = row.place(local);
    if (place === undefined) continue;
    const key = `${place.layer}/${place.part}`;
    names.set(key, [...(names.get(key) ?? []), local]);
  }
  const written = new Map<string, Tensor<"float32">>();
  for (const [ours, tensor] of tensors) {
    const layer = ours.replace(/\/(?:batch_norm\/\w+|weights|bias)$/, "");
    const part = ours.slice(layer.length + 1) as WeightPart;
    const isHead = head !== undefined && layer === "classifier";
    const local = isHead
      ? `${head}.${part === "weights" ? "weight" : "bias"}`
      : nameAmong(names.get(ours) ?? [], layer);
    if (local === undefined) {
      throw new MobileNetError("unsupported", `${row.title} has no name for this weight`, {
        node: ours,
        remedy: "Write it with names canonical, or convert to onnx or tflite.",
      });
    }
    written.set(fullName(local), part === "weights" ? write(layer, tensor, isHead) : tensor);
  }
  return written;
}

/**
 * Of several spellings the shortest, which is that of training programs: exporters write what they made
 * of it. TensorFlow names filters of depthwise layers.
 */
function nameAmong(names: readonly string[], layer: string): string | undefined {
  const isDepthwise = layer.endsWith("/depthwise");
  const fits = (name: string): boolean => /depthwise_weights$/.test(name) === isDepthwise;
  const found = names.some(fits) ? names.filter(fits) : names;
  return found.toSorted((a, b) => a.length - b.length)[0];
}
