/** `--class-weights`: how much each class counts, by its name or by how rare it is. */
import { quote } from "../../untrusted.ts";
import { UsageError } from "../usage-error.ts";

/** What was said: by how rare classes are, or weights by name. */
export type SaidClassWeights = "balanced" | ReadonlyMap<string, number>;

/**
 * Reads the option: `balanced`, or `name=weight,…`.
 *
 * @throws UsageError where it is neither.
 */
export function readClassWeights(text: string): SaidClassWeights {
  if (text === "balanced") return text;
  const weights = new Map<string, number>();
  // A name may hold commas and equals signs: a weight is what stands behind the last one before a comma.
  for (const [, name = "", value = ""] of text.matchAll(/(.+?)=([^,=]*)(?:,|$)/g)) {
    const weight = value.trim() === "" ? Number.NaN : Number(value);
    if (!(weight >= 0 && Number.isFinite(weight)) || weights.has(name)) throw badWeights(text);
    weights.set(name, weight);
  }
  const told = [...weights].map(([name]) => name.length + 1).reduce((sum, one) => sum + one, 0);
  if (weights.size === 0 || told > text.length || !/=[^,=]*$/.test(text)) throw badWeights(text);
  return weights;
}

function badWeights(text: string): UsageError {
  return new UsageError("bad value for --class-weights", {
    expected: "balanced, or each name once with a number of at least 0: cat=2,dog=0.5",
    received: quote(text),
  });
}

/**
 * Weights in the order of the classes; those that nobody named have 1.
 *
 * @throws UsageError where a name is none of a class, or all weights are 0.
 */
export function weightsInOrder(
  weights: ReadonlyMap<string, number>,
  classes: readonly string[],
): readonly number[] {
  const unknown = [...weights.keys()].find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw new UsageError("--class-weights names no class of the data", {
      expected: classes.slice(0, 10).join(", "),
      received: quote(unknown),
    });
  }
  const found = classes.map((name) => weights.get(name) ?? 1);
  if (found.some((weight) => weight > 0)) return found;
  throw new UsageError("bad value for --class-weights", {
    expected: "at least one class above 0",
    received: "0 for all",
  });
}
