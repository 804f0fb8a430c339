/** Files that are written for TensorFlow.js give there what their graphs give here. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runGraph } from "../tflite/run-file.ts";
import { pictureOf } from "./picture.ts";
import { writtenCases, writtenSize } from "./written-cases.ts";

interface Golden {
  readonly [name: string]: {
    readonly sha256: string;
    readonly outputs: readonly (readonly number[])[];
  };
}

const path = new URL("../golden/tfjs-written.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

describe("a file that is written for TensorFlow.js", () => {
  it.each(writtenCases)("is the one that it ran: $name", ({ name, files }) => {
    const hash = createHash("sha256");
    for (const bytes of files.values()) hash.update(bytes);
    expect(hash.digest("hex")).toBe(golden[name]?.sha256);
  });

  it.each(writtenCases)("gives there what its graph gives here: $name", async ({ name, graph }) => {
    const expected = golden[name]?.outputs ?? [];
    for (const backend of ["reference", "wasm"] as const) {
      const outputs = await runGraph(graph, pictureOf(writtenSize), backend);
      expect(outputs).toHaveLength(expected.length);
      for (const [i, wanted] of expected.entries()) {
        expect(outputs[i]).toHaveLength(wanted.length);
        const apart = wanted.map((value, at) => Math.abs(outputs[i]![at]! - value));
        // Sums of up to a hundred products of numbers about 1, rounded to float32 in another order.
        expect(Math.max(...apart)).toBeLessThan(5e-5);
      }
    }
  });
});
