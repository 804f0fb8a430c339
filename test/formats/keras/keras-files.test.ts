/**
 * Models in Keras's own files, with what Keras computes with them: archives and HDF5, as versions 3 and 2
 * lay them out. `test/golden/make/keras_models.py` shows how they were made.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Model } from "../../../src/models/model.ts";
import { backends, runOn } from "../../conformance/backends.ts";
import { openBytes } from "../../open-bytes.ts";

const folder = new URL("../../golden/keras/", import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const files = readdirSync(folder).filter((name) => /\.(h5|keras)$/.test(name));

interface Expected {
  readonly name: string;
  /** Whether the input is bytes. */
  readonly bytes: boolean;
  readonly output: readonly number[];
}

const expected = new TextDecoder()
  .decode(read("expected.json"))
  .trim()
  .split("\n")
  .map((line): Expected => JSON.parse(line));

/** The input that Keras was given, as the model's preprocessing makes it of bytes. */
function inputOf({ preprocess: { scale, offset } }: Model, bytes: boolean): Float32Array {
  return Float32Array.from({ length: 8 * 8 * 3 }, (_, i) =>
    bytes ? ((i * 79) % 256) * scale[i % 3]! + offset[i % 3]! : ((i * 7919) % 1000) / 500 - 1,
  );
}

describe("Keras's files", () => {
  it.each(files)("compute what Keras computes: %s", async (file) => {
    const { bytes, output } = expected.find(({ name }) => file.startsWith(name))!;
    const model = await openBytes(new Map([[file, read(file)]]), "mine");
    const { graph, task, assumptions = [] } = model;
    // Where the last layer has no activation, a classifier ends in the softmax that classes need.
    const isOpen = task === "classify" && assumptions.some(({ about }) => about === "head");
    const input = inputOf(model, bytes);
    for (const backend of backends) {
      const [values] = await runOn(backend, graph, [input]);
      expect(values!.length).toBe(output.length);
      const last = isOpen ? softmax(output) : output;
      const largest = Math.max(...last.map((value, i) => Math.abs(value - values![i]!)));
      expect(largest).toBeLessThan(2e-5);
    }
  });

  it("say what wrote them, and which operations they have", async () => {
    const { origin } = await openBytes(new Map([["front.keras", read("front.keras")]]), "mine");
    expect(origin).toMatchObject({
      format: "a Keras archive",
      framework: "Keras 3.15.1",
      range: 'TrueDivide "true_divide" and Subtract "subtract"',
      operations: { Conv2D: 3, TrueDivide: 1, Dense: 1 },
    });
  });
});

function softmax(logits: readonly number[]): readonly number[] {
  const powers = logits.map(Math.exp);
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
}
