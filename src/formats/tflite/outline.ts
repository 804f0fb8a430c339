/** What a TensorFlow Lite file says about itself, whatever its operators are. */

import type { MainFile } from "../format.ts";
import { countNames, type FileOutline, type TensorOutline } from "../outline.ts";
import { readSchema } from "./schema.ts";

/** The outline of a `.tflite` file. */
export async function outlineTflite({ bytes }: Pick<MainFile, "bytes">): Promise<FileOutline> {
  const { operators, tensors, inputs, outputs } = readSchema(bytes);
  const outline = (indices: readonly number[]): readonly TensorOutline[] =>
    indices.flatMap((index) => {
      const tensor = tensors[index];
      return tensor ? [{ name: tensor.name, shape: tensor.shape, dtype: tensor.type }] : [];
    });
  return {
    framework: "TensorFlow Lite",
    operations: countNames(operators.map(({ kind }) => kind)),
    inputs: outline(inputs),
    outputs: outline(outputs),
  };
}
