/** Round trips, and files that lie about their sizes. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../tensor.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

const tensors = new Map<string, Tensor<"float32">>([
  ["a", { dtype: "float32", shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Number.NaN, 6) }],
  ["ß/empty", { dtype: "float32", shape: [0], data: new Float32Array(0) }],
  ["scalar", { dtype: "float32", shape: [], data: Float32Array.of(7) }],
]);

function withHeader(header: unknown, values = 8): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + values);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe("safetensors", () => {
  it("come back as they were", () => {
    const bytes = writeSafetensors({ tensors, metadata: { note: "x" } });
    expect(readSafetensors(bytes)).toEqual({ tensors, metadata: { note: "x" } });
    // Also from the middle of a larger buffer.
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(readSafetensors(shifted).tensors).toEqual(tensors);
    expect(readSafetensors(Buffer.from(bytes)).tensors).toEqual(tensors);
  });

  it("have the documented layout", () => {
    const one = new Map([
      ["w", { dtype: "float32" as const, shape: [1], data: Float32Array.of(1) }],
    ]);
    const bytes = writeSafetensors({ tensors: one, metadata: {} });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header).toEqual({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  const real = (start: number): object => ({
    dtype: "F32",
    shape: [1],
    data_offsets: [start, start + 4],
  });

  it("are read in any order of their places", () => {
    const read = readSafetensors(withHeader({ b: real(4), a: real(0) }));
    expect([...read.tensors.keys()]).toEqual(["b", "a"]);
  });

  it.each([
    ["tensors that overlap", { a: real(0), b: real(2) }, /b overlaps.*byte 4, received 2/],
    ["tensors at one place", { a: real(0), b: real(0) }, /b overlaps.*byte 4, received 0/],
    ["a gap", { a: real(4) }, /a overlaps another tensor or leaves a gap.*byte 0, received 4/],
    ["bytes of no tensor", { a: real(0) }, /belong to no tensor: expected 4 bytes, received 8/],
  ])("are refused with %s", (_, header, message) => {
    expect(() => readSafetensors(withHeader(header))).toThrow(message);
  });

  it.each([
    ["no length", new Uint8Array(3)],
    ["a header longer than the file", Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0)],
    ["an endless header", new Uint8Array(8).fill(255)],
    ["no JSON", withHeader("{")],
    ["a list", withHeader([1])],
    ["a place outside", withHeader({ a: { dtype: "F32", shape: [3], data_offsets: [0, 12] } })],
    ["a negative place", withHeader({ a: { dtype: "F32", shape: [1], data_offsets: [-4, 0] } })],
    [
      "a shape of another size",
      withHeader({ a: { dtype: "F32", shape: [3], data_offsets: [0, 8] } }),
    ],
    [
      "a huge shape",
      withHeader({ a: { dtype: "F32", shape: [1e15, 1e15], data_offsets: [0, 8] } }),
    ],
    ["no shape", withHeader({ a: { dtype: "F32", data_offsets: [0, 8] } })],
  ])("are refused with %s", (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(
      expect.objectContaining({ code: "invalid-model" }),
    );
  });

  it.each([
    ["F16", [0x00, 0x3c, 0x00, 0xc0], [1, -2]],
    ["BF16", [0x80, 0x3f, 0x00, 0xc0], [1, -2]],
    ["F64", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0], [1, -2]],
  ])("of %s become float32", (dtype, values, floats) => {
    const bytes = withHeader({ a: { dtype, shape: [2], data_offsets: [0, values.length] } }, 0);
    const whole = Uint8Array.of(...bytes, ...values);
    expect([...readSafetensors(whole).tensors.get("a")!.data]).toEqual(floats);
  });

  it("pass over whole numbers that count, and refuse those that are weights", () => {
    const counter = withHeader({ n: { dtype: "I64", shape: [], data_offsets: [0, 8] } });
    expect(readSafetensors(counter).tensors.size).toBe(0);
    const weights = withHeader({ w: { dtype: "I8", shape: [2, 4], data_offsets: [0, 8] } });
    expect(() => readSafetensors(weights)).toThrow(/w has numbers that are not read.*F32.*"I8"/);
  });
});
