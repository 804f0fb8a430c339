/**
 * Whoever adds an operation is led by the compiler: every place that has to decide something for each
 * operation stops compiling until it does. The sources get an operation that no one has heard of, and
 * are compiled.
 */
import { expect, it } from "vitest";
import { errorsAfter } from "./changed-sources.ts";

/** What has to know every operation. */
const places = [
  "backends/reference/step-runner.ts",
  "backends/reference/quantized.ts",
  "backends/wasm/encode-elementwise.ts",
  "backends/wasm/int8/encode-maps.ts",
  "formats/onnx/write-operators.ts",
  "formats/tflite/write-operators.ts",
  "graph/cost.ts",
  "graph/ir.ts",
  "graph/shapes.ts",
  "quantize/assign.ts",
  "quantize/network.ts",
];

it.runIf(process.env["LONG"])(
  "every place that decides for each operation stops compiling when one is added",
  () => {
    const added = `
export interface NewNode extends NodeBase {
  readonly op: "new";
}

export type Node =
  | NewNode`;
    const errors = errorsAfter({
      file: "src/graph/ir.ts",
      change: (text) => text.replace("\nexport type Node =", added),
    });
    const files = new Set(errors.map(({ file }) => file));
    expect(places.filter((place) => !files.has(`src/${place}`))).toEqual([]);
    expect(errors.filter(({ message }) => !/\bnew/i.test(message))).toEqual([]);
  },
  300_000,
);
