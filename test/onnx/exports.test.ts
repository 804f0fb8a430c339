/**
 * Files that others' tools write compute what others compute: PyTorch's exporter (make/exports.py), and
 * files of single operators and quantised ones on onnxruntime (make/operators.py).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type OnnxGraph, readOnnxGraph } from "../../src/formats/onnx/read-graph.ts";
import { readOnnxFile } from "../../src/formats/onnx/schema.ts";
import type { OnnxTensor } from "./read-model.ts";
import { runGraph } from "./run-read.ts";

interface Output {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

function read(folder: string, name: string): OnnxGraph {
  const url = new URL(`${folder}/${name}.onnx`, import.meta.url);
  const bytes = new Uint8Array(readFileSync(url));
  const size = { given: [32, 32] as const, stated: undefined };
  return readOnnxGraph(readOnnxFile(bytes, name), { place: name, bytes: bytes.length, size });
}

function outputsOf(folder: string): readonly (readonly [string, Output])[] {
  const url = new URL(`${folder}/expected.json`, import.meta.url);
  return Object.entries(JSON.parse(readFileSync(url, "utf8")) as Record<string, Output>);
}

/** A wave over all values in their own order. */
function wave(dims: readonly number[], as: "real" | "bytes", step: number): OnnxTensor {
  const length = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, (_, i) => Math.sin(step * i));
  const bytes = data.map((x) => Math.round(x * 127 + 128));
  return { element: "float32", dims, data: as === "bytes" ? bytes : data };
}

async function compare(graph: OnnxGraph["graph"], x: OnnxTensor, { dims, values }: Output) {
  const [output] = await runGraph(graph, new Map([["x", x]]), [dims]);
  const all = Array.from(output!.data);
  const shown = values.length === all.length ? all : all.filter((_, i) => i % 37 === 0);
  expect(shown.length).toBe(values.length);
  for (const [i, value] of values.entries()) expect(shown[i]).toBeCloseTo(value, 4);
}

describe("a file of PyTorch's", () => {
  it.each(outputsOf("exports"))("computes the same: %s", async (name, output) => {
    const as = name.startsWith("prepared") ? "bytes" : "real";
    const { graph } = read("exports", name);
    await compare(graph, wave([1, 3, 32, 32], as, Math.fround(0.37)), output);
  });

  it("is in 8 bits throughout where it was trained for them", () => {
    const { nodes } = read("exports", "quantised-13").graph;
    expect(nodes.map(({ op, quantization }) => (quantization ? `${op} 8` : op))).toEqual([
      ...["input", "quantize 8", "conv2d 8", "depthwiseConv2d 8", "conv2d 8", "add 8"],
      ...["globalAveragePool 8", "conv2d 8", "dequantize"],
    ]);
  });

  it("needs nothing moved for a map that is flattened, listed or shuffled", () => {
    const moved = (name: string): number =>
      read("exports", name).graph.nodes.filter(({ op }) => op === "transpose").length;
    expect([moved("flat-11"), moved("heads-11"), moved("heads-16-open")]).toEqual([0, 0, 0]);
    // A shuffle is one order of a pixel's channels.
    expect(moved("shuffled-13")).toBe(1);
  });
});

describe("a file of onnxruntime's tools", () => {
  it.each(outputsOf("operators"))("computes the same: %s", async (name, output) => {
    const { graph, notes } = read("operators", name);
    if (name === "dynamic") {
      // There the input is rounded to 8 bits as it comes.
      const [real] = await runGraph(graph, new Map([["x", wave([1, 3, 16, 16], "real", 0.37)]]), [
        output.dims,
      ]);
      for (const [i, value] of output.values.entries()) {
        expect(Math.abs(real!.data[i]! - value)).toBeLessThan(0.01);
      }
      expect(notes.join()).toMatch(/computed as real numbers/);
      return;
    }
    const bytes = name === "bytes";
    const x = bytes ? wave([1, 16, 16, 3], "bytes", 0.37) : wave([1, 3, 16, 16], "real", 0.37);
    await compare(graph, x, output);
  });

  it("is in 8 bits where its operators are", () => {
    const { nodes } = read("operators", "qlinear").graph;
    expect(nodes.filter(({ quantization }) => quantization === undefined)).toHaveLength(2);
  });
});
