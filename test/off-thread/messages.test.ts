/** What passes between threads: errors that stay what they are, and memory that is moved or copied. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ErrorDetails, MobileNetError } from "../../src/errors.ts";
import { buffersOf, errorFromParts, errorParts } from "../../src/tasks/off-thread/messages.ts";
import { handOverBytes } from "../../src/tasks/off-thread/worker-host.ts";

const throughMessage = (error: unknown): MobileNetError =>
  errorFromParts(structuredClone(errorParts(error)));

/** All that a program or a reader may look at. */
function look(error: unknown, depth = 0): unknown {
  if (!(error instanceof MobileNetError)) return error instanceof Error ? error.message : error;
  const { name, code, message, node, expected, received, remedy, cause } = error;
  if (depth === 3) return { name, code, message };
  return { name, code, message, node, expected, received, remedy, cause: look(cause, depth + 1) };
}

describe("an error", () => {
  const fact = fc.option(fc.string({ maxLength: 30 }), { nil: undefined });
  const details = fc.record({ node: fact, expected: fact, received: fact, remedy: fact });
  const code = fc.constantFrom("aborted", "invalid-image", "memory", "internal", "disposed");

  it("arrives with its code, facts, text and cause", () => {
    fc.assert(
      fc.property(code, fc.string(), details, details, (kind, summary, facts, causes) => {
        const root = new Error("the root");
        const make = (of: ErrorDetails): MobileNetError =>
          new MobileNetError(kind as "internal", summary, of);
        const error = make({ ...facts, cause: make({ ...causes, cause: root }) });
        const arrived = throughMessage(error);
        expect(arrived).toBeInstanceOf(MobileNetError);
        expect(arrived).toBeInstanceOf(Error);
        expect(look(arrived)).toEqual(look(error));
      }),
    );
  });

  it("of another kind becomes the library's own, with its text", () => {
    const arrived = throughMessage(new RangeError("too deep"));
    expect(arrived).toMatchObject({ code: "internal", received: "too deep" });
    expect((arrived.cause as Error).message).toBe("too deep");
  });

  it("that causes itself, or by far too many, arrives all the same", () => {
    const circular = new MobileNetError("internal", "a snake");
    Object.assign(circular, { cause: circular });
    expect(throughMessage(circular).message).toBe("a snake");
  });
});

describe("the memory of a picture", () => {
  const pixels = (data: Uint8Array | Uint8ClampedArray) => ({ width: 1, height: 2, data });

  it.each([
    ["bytes", () => Uint8Array.of(1, 2, 3, 4, 5, 6), (of: unknown) => of],
    ["pixels", () => pixels(Uint8Array.of(1, 2, 3, 4, 5, 6)), pixelsOf],
    ["clamped pixels", () => pixels(Uint8ClampedArray.of(1, 2, 3, 4, 5, 6)), pixelsOf],
    ["a buffer", () => Uint8Array.of(1, 2, 3, 4, 5, 6).buffer, (of: unknown) => of],
    ["Node's buffer", () => Buffer.from([1, 2, 3, 4, 5, 6]), (of: unknown) => of],
    [
      "a part of larger memory",
      () =>
        new Uint8Array(100)
          .fill(9)
          .subarray(10, 16)
          .map((_, i) => i + 1),
      (of: unknown) => of,
    ],
  ] as const)("stays the caller's where it is copied: %s", (_, make, dataOf) => {
    const input = make();
    const { input: sent, transfer } = handOverBytes(input, false);
    const arrived = structuredClone(sent, { transfer: [...transfer] as ArrayBuffer[] });
    expect(bytesOf(dataOf(arrived))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(bytesOf(dataOf(input))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(bufferOf(dataOf(arrived)).byteLength).toBe(6);
  });

  it("is gone from here where it is moved", () => {
    for (const input of [Uint8Array.of(1, 2), pixels(Uint8Array.of(1, 2, 3, 4, 5, 6))]) {
      const { input: sent, transfer } = handOverBytes(input, true);
      structuredClone(sent, { transfer: [...transfer] as ArrayBuffer[] });
      expect((input instanceof Uint8Array ? input : input.data).byteLength).toBe(0);
    }
  });

  it("is copied where others use the rest of it, or threads share it", () => {
    const whole = new Uint8Array(9).fill(5);
    const shared = new Uint8Array(new SharedArrayBuffer(6)).fill(5);
    for (const input of [whole.subarray(3), shared]) {
      const { input: sent, transfer } = handOverBytes(input, true);
      structuredClone(sent, { transfer: [...transfer] as ArrayBuffer[] });
      expect([...input]).toEqual([5, 5, 5, 5, 5, 5]);
    }
  });

  it.each([true, false])("is refused where it was moved away before (moved again: %s)", (move) => {
    const gone = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const { buffer } = gone;
    structuredClone(gone, { transfer: [buffer] });
    for (const input of [gone, buffer, pixels(gone)]) {
      expect(() => handOverBytes(input, move)).toThrow(/detached/);
    }
  });

  it("stays a smaller copy of another where it is one", () => {
    const copy = { ...pixels(new Uint8Array(6)), original: { width: 20, height: 10 } };
    const { input: sent } = handOverBytes(copy, false);
    expect(structuredClone(sent)).toEqual(copy);
  });

  it("is left to the worker to judge where it is no picture", () => {
    for (const input of [null, undefined, "photo.png", 7, {}, { data: [1] }, new Float32Array(3)]) {
      expect(handOverBytes(input, true)).toEqual({ input, transfer: [] });
    }
  });

  it("of a result goes along with it, unless it is a part of something", () => {
    const classMap = Uint8Array.of(1, 2);
    const part = new Float32Array(8).subarray(2);
    expect(buffersOf({ classMap, part, width: 1, classes: [{ pixels: 2 }] })).toEqual([
      classMap.buffer,
    ]);
    const embedding = new Float32Array(3);
    expect(buffersOf(embedding)).toEqual([embedding.buffer]);
    expect(buffersOf([{ label: "cat" }])).toEqual([]);
    expect(buffersOf(undefined)).toEqual([]);
  });
});

function pixelsOf(value: unknown): unknown {
  return (value as { readonly data: unknown }).data;
}

function bufferOf(data: unknown): ArrayBufferLike {
  return data instanceof ArrayBuffer ? data : (data as Uint8Array).buffer;
}

function bytesOf(data: unknown): number[] {
  return [...(data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array))];
}
