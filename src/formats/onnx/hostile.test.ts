/**
 * Files that lie: whatever the bytes say, reading them ends in a graph or in the library's own error, soon
 * and in little memory.
 */

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import { MobileNetError } from "../../errors.ts";
import { joinBytes } from "../../join-bytes.ts";
import { bytesField, type Encoded, integerField, messageField, textField } from "./protobuf.ts";
import { readOnnxGraph } from "./read-graph.ts";
import { readOnnxFile } from "./schema.ts";

const folder = new URL("../../../test/onnx/exports/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".onnx"))
  .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

function outcome(bytes: Uint8Array): string {
  try {
    readOnnxGraph(readOnnxFile(bytes, "model.onnx"), { place: "model.onnx", bytes: bytes.length });
    return "read";
  } catch (error) {
    return error instanceof MobileNetError ? error.code : `threw ${error}`;
  }
}

const sound = /^(read|invalid-model|unsupported)$/;

describe("a damaged file", () => {
  const file = fc.nat(files.length - 1);

  it("ends in the library's error or a graph, whichever bytes are wrong", () => {
    const change = fc.tuple(fc.nat(2 ** 20), fc.nat(255));
    fc.assert(
      fc.property(file, fc.array(change, { minLength: 1, maxLength: 6 }), (which, changes) => {
        const bytes = files[which]!.slice();
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        expect(outcome(bytes)).toMatch(sound);
      }),
      { numRuns: inputs(600, 2) },
    );
  });

  it("ends so too where parts are missing, there twice or elsewhere", () => {
    const part = fc.tuple(fc.nat(2 ** 20), fc.nat(400), fc.nat(2 ** 20));
    fc.assert(
      fc.property(file, part, (which, [from, length, to]) => {
        const bytes = files[which]!;
        const start = from % bytes.length;
        const cut = bytes.subarray(start, start + length);
        const at = to % bytes.length;
        const parts = [bytes.subarray(0, at), cut, bytes.subarray(at)];
        expect(outcome(joinBytes(parts))).toMatch(sound);
        expect(
          outcome(joinBytes([bytes.subarray(0, start), bytes.subarray(start + length)])),
        ).toMatch(sound);
      }),
      { numRuns: inputs(600, 2) },
    );
  });
});

/** A model of some operators on a picture. */
function model(
  nodes: readonly Encoded[],
  constants: readonly Encoded[] = [],
  output = "y",
): Encoded {
  const dim = (size: number): Encoded => messageField(1, [integerField(1, size)]);
  const shape = messageField(2, [1, 3, 8, 8].map(dim));
  const type = messageField(2, [messageField(1, [integerField(1, 1), shape])]);
  return joinBytes([
    integerField(1, 8),
    messageField(7, [
      ...nodes,
      ...constants,
      messageField(11, [textField(1, "x"), type]),
      messageField(12, [textField(1, output)]),
    ]),
    messageField(8, [integerField(2, 13)]),
  ]);
}

const operator = (kind: string, inputs: readonly string[], output: string, ...more: Encoded[]) =>
  messageField(1, [
    ...inputs.map((name) => textField(1, name)),
    ...[textField(2, output), textField(4, kind), ...more],
  ]);

const list = (name: string, values: readonly number[]): Encoded => {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  const head = [integerField(1, values.length), integerField(2, 7), textField(8, name)];
  return messageField(5, [...head, bytesField(9, data)]);
};

describe("a file that asks for too much", () => {
  it("by constants that double is an error", () => {
    const nodes = Array.from({ length: 60 }, (_, i) => {
      return operator("Concat", [`c${i}`, `c${i}`], `c${i + 1}`, integerAttribute("axis", 0));
    });
    expect(outcome(model(nodes, [list("c0", [1, 2, 3, 4])]))).toBe("invalid-model");
  });

  it("by a constant of a huge shape is an error", () => {
    const huge = operator("ConstantOfShape", ["s"], "c");
    expect(outcome(model([huge], [list("s", [2 ** 30, 2 ** 30])]))).toBe("invalid-model");
    const range = operator("Range", ["a", "b", "d"], "c");
    const numbers = [list("a", [0]), list("b", [2 ** 31 - 1]), list("d", [1])];
    expect(outcome(model([range], numbers))).toBe("invalid-model");
  });

  it("by channels that double is an error where they get numbers of their own", () => {
    const nodes = Array.from({ length: 40 }, (_, i) => {
      const name = i === 0 ? "x" : `c${i}`;
      return operator("Concat", [name, name], `c${i + 1}`, integerAttribute("axis", 1));
    });
    const last = operator("Add", ["c40", "one"], "y");
    const one = messageField(5, [
      ...[integerField(2, 1), textField(8, "one")],
      bytesField(9, Uint8Array.of(0, 0, 128, 63)),
    ]);
    expect(outcome(model([...nodes, last], [one]))).toBe("invalid-model");
  });

  it("by a size without end is an error", () => {
    const resize = operator("Resize", ["x", "", "", "s"], "y");
    expect(outcome(model([resize], [list("s", [1, 3, 2 ** 30, 2 ** 30])]))).toBe("unsupported");
  });

  it("by a part that begins within a number is an error", () => {
    const constants = [realList("c", [1, 2, 3]), realList("from", [0.5]), realList("to", [1.5])];
    const nodes = [
      operator("Slice", ["c", "from", "to"], "part"),
      operator("Add", ["x", "part"], "y"),
    ];
    expect(outcome(model(nodes, constants))).toBe("invalid-model");
  });

  it("by constants of another number of dimensions, put together, is an error", () => {
    const one = messageField(5, [
      ...[integerField(2, 7), textField(8, "one"), bytesField(9, new Uint8Array(8))],
    ]);
    for (const names of [
      ["c", "one"],
      ["one", "c"],
    ]) {
      const nodes = [
        operator("Concat", names, "all", integerAttribute("axis", 0)),
        operator("Reshape", ["x", "all"], "y"),
      ];
      expect(outcome(model(nodes, [list("c", [1, -1]), one]))).toBe("invalid-model");
    }
  });

  it("by more parts than networks have is an error", () => {
    const empty = new Uint8Array(3_000_000);
    for (let i = 0; i < empty.length; i += 2) empty[i] = 0x0a;
    const opset = messageField(8, [integerField(2, 13)]);
    const bytes = joinBytes([integerField(1, 8), bytesField(7, empty), opset]);
    expect(outcome(bytes)).toBe("invalid-model");
  });
});

function realList(name: string, values: readonly number[]): Encoded {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  const head = [integerField(1, values.length), integerField(2, 1), textField(8, name)];
  return messageField(5, [...head, bytesField(9, data)]);
}

function integerAttribute(name: string, value: number): Encoded {
  return messageField(5, [textField(1, name), integerField(3, value), integerField(20, 2)]);
}
