/** Classes as calls name them: by label or index. */
import { MobileNetError } from "../errors.ts";
import { isNumberIn, quote } from "../untrusted.ts";

/**
 * The index of a class.
 *
 * @throws MobileNetError `invalid-argument` for another value or a class that the model lacks.
 */
export function classOf(name: unknown, labels: readonly string[]): number {
  const index: unknown = typeof name === "string" ? labels.indexOf(name) : name;
  if (isNumberIn(index, 0, labels.length - 1) && Number.isInteger(index)) return index;
  const [first, last] = [labels[0], labels.at(-1)];
  throw new MobileNetError("invalid-argument", "the model knows no such class", {
    expected: `an index from 0 to ${labels.length - 1} or a label (${quote(first)} to ${quote(last)})`,
    received: quote(name),
    remedy: "The loaded model's labels list them all",
  });
}
