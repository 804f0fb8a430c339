import { describe, expect, it } from "vitest";
import { code, scramble, tinyModelSpec } from "../../test/tflite/tiny-model.ts";
import { type TensorSpec, writeModel } from "../../test/tflite/write-model.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import { readTflite } from "../formats/tflite/tflite.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { loadClassifier } from "./node.ts";

/** The tiny classifier with logits so close together that 8-bit probabilities are often equal. */
function closeRace(last: "softmax" | "logistic"): Uint8Array {
  const spec = tinyModelSpec("uint8");
  const changes: Record<string, Partial<TensorSpec>> = {
    "dense/weights": { scales: [0.0004] },
    "dense/bias": { scales: [0.09 * 0.0004], data: new Int32Array(6) },
    dense: { scales: [0.004] },
  };
  const tensors = spec.tensors.map((tensor) => ({ ...tensor, ...changes[tensor.name] }));
  const operators = spec.operators.map((operator, i) =>
    i === spec.operators.length - 1 ? { ...operator, code: code[last] } : operator,
  );
  return writeModel({ ...spec, tensors, operators });
}

describe("an 8-bit classifier", () => {
  it.each(["softmax", "logistic"] as const)(
    "orders equal probabilities of %s by its logits, then by index",
    async (last) => {
      const file = closeRace(last);
      const read = readTflite(file);
      const graph = selectOutputs(read, ["probabilities", "dense"]);
      const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
      using classifier = await loadClassifier(new Map([["tiny.tflite", file]]));
      let decided = 0;
      for (let seed = 0; seed < 8; seed++) {
        const data = Uint8Array.from(scramble(75, seed));
        executable.inputTensor().data.set(data);
        executable.run();
        const [probabilities, logits] = [executable.output(0), executable.output(1)];
        const byIndex = [0, 1, 2, 3, 4, 5].sort((a, b) => probabilities[b]! - probabilities[a]!);
        const expected = [...byIndex].sort(
          (a, b) => probabilities[b]! - probabilities[a]! || logits[b]! - logits[a]! || a - b,
        );
        const found = await classifier.classify({ width: 5, height: 5, data }, { topK: 6 });
        expect(found.map(({ index }) => index)).toEqual(expected);
        if (byIndex.join() !== expected.join()) decided++;
      }
      // By index alone the order would have been another: there is something to decide.
      expect(decided).toBeGreaterThan(0);
    },
  );
});
