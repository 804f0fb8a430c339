/** What a file says about the numbers that its input takes: operators, quantisation, metadata. */
import { describe, expect, it } from "vitest";
import { openBytes } from "../../../test/open-bytes.ts";
import { type MetadataSpec, metadataBytes } from "../../../test/tflite/standard-metadata.ts";
import { code } from "../../../test/tflite/tiny-model.ts";
import {
  type OperatorSpec,
  type TensorSpec,
  writeModel,
} from "../../../test/tflite/write-model.ts";
import type { Graph, Node } from "../../graph/ir.ts";
import { ranges } from "../../image/presets.ts";
import type { Model } from "../../models/model.ts";
import { rangeBehindInput } from "./input-range.ts";

const pixels = [1, 2, 2, 3] as const;

/** A classifier that begins with operators by constants, or with bytes. */
function classifier(
  steps: readonly (readonly [kind: "add" | "sub" | "mul" | "div", values: readonly number[]])[],
  {
    input = {},
    quantized,
    metadata,
  }: {
    readonly input?: Partial<TensorSpec>;
    readonly quantized?: Partial<TensorSpec>;
    readonly metadata?: MetadataSpec;
  } = {},
): Promise<Model> {
  const tensors: TensorSpec[] = [{ name: "image", shape: pixels, type: "float32", ...input }];
  const operators: OperatorSpec[] = [];
  const type = { type: tensors[0]!.type, ...input };
  const last = () => tensors.length - 1;
  for (const [kind, values] of steps) {
    const from = last();
    const data = Float32Array.from(values);
    tensors.push({ name: kind, shape: [values.length], type: "float32", data });
    tensors.push({ name: `${kind}/y`, shape: pixels, ...type });
    operators.push({
      code: code[kind],
      inputs: [from, last() - 1],
      outputs: [last()],
      options: {},
    });
  }
  if (quantized !== undefined) {
    tensors.push({ name: "quantized", shape: pixels, type: "int8", ...quantized });
    operators.push({ code: code.quantize, inputs: [last() - 1], outputs: [last()] });
    tensors.push({ name: "real", shape: pixels, type: "float32" });
    operators.push({ code: code.dequantize, inputs: [last() - 1], outputs: [last()] });
  } else if (type.type !== "float32") {
    tensors.push({ name: "real", shape: pixels, type: "float32" });
    operators.push({ code: code.dequantize, inputs: [last() - 1], outputs: [last()] });
  }
  const from = last();
  tensors.push(
    { name: "weights", shape: [2, 12], type: "float32", data: new Float32Array(24).fill(0.1) },
    { name: "logits", shape: [1, 2], type: "float32" },
  );
  operators.push({
    code: code.fullyConnected,
    inputs: [from, from + 1],
    outputs: [last()],
    options: {},
  });
  const entries = metadata && { metadata: { TFLITE_METADATA: metadataBytes(metadata) } };
  const spec = { tensors, operators, inputs: [0], outputs: [last()], ...entries };
  return openBytes(new Map([["tiny.tflite", writeModel(spec)]]), "tiny");
}

/** What 0 and 255 become in every channel, and whether it was assumed. */
async function ends(model: Promise<Model>): Promise<readonly string[]> {
  const { preprocess, assumptions = [] } = await model;
  const { scale, offset } = preprocess;
  const assumed = assumptions.some(({ about }) => about === "range") ? ["assumed"] : [];
  const each = ([0, 1, 2] as const).map((c) =>
    [offset[c], 255 * scale[c] + offset[c]].map((value) => Number(value.toFixed(2))).join(" to "),
  );
  return [...new Set(each), ...assumed];
}

describe("constants behind the input", () => {
  it.each<[Parameters<typeof classifier>[0], string]>([
    [[["mul", [1 / 255]]], "0 to 255"],
    [[["div", [255]]], "0 to 255"],
    [
      [
        ["mul", [1 / 127.5]],
        ["sub", [1]],
      ],
      "0 to 255",
    ],
    [
      [
        ["div", [127.5]],
        ["add", [-1]],
      ],
      "0 to 255",
    ],
    [
      [
        ["sub", [127.5]],
        ["mul", [1 / 127.5]],
      ],
      "0 to 255",
    ],
    [
      [
        ["sub", [123.675, 116.28, 103.53]],
        ["div", [58.395, 57.12, 57.375]],
      ],
      "0 to 255",
    ],
    [[["sub", [123.68, 116.779, 103.939]]], "0 to 255"],
    [
      [
        ["mul", [2]],
        ["sub", [1]],
      ],
      "0 to 1",
    ],
    [
      [
        ["sub", [0.5]],
        ["mul", [2]],
      ],
      "0 to 1",
    ],
    [
      [
        ["sub", [0.485, 0.456, 0.406]],
        ["div", [0.229, 0.224, 0.225]],
      ],
      "0 to 1",
    ],
    [[["mul", [255]]], "0 to 1"],
    [
      [
        ["add", [1]],
        ["mul", [0.5]],
      ],
      "-1 to 1",
    ],
    [
      [
        ["mul", [127.5]],
        ["add", [127.5]],
      ],
      "-1 to 1",
    ],
  ])("%j tell what it takes", async (steps, expected) => {
    expect(await ends(classifier(steps))).toEqual([expected]);
    expect((await classifier(steps)).origin?.range).toMatch(/^the operators? .* behind the input$/);
  });

  it.each<[Parameters<typeof classifier>[0]]>([
    [[["mul", [1]]]],
    [[["mul", [0.3]]]],
    [[["mul", [0]]]],
  ])("that tell nothing leave it to an assumption: %j", async (steps) => {
    expect(await ends(classifier(steps))).toEqual(["-1 to 1", "assumed"]);
  });

  it("are run as the file has them", async () => {
    const { graph } = await classifier([
      ["mul", [2]],
      ["sub", [1]],
    ]);
    const ops = graph.nodes.map(({ op }) => op);
    expect(ops.slice(0, 3)).toEqual(["input", "batchNorm", "batchNorm"]);
  });
});

describe("a quantisation", () => {
  it.each<[string, Partial<TensorSpec>, Parameters<typeof classifier>[0], string]>([
    ["the usual range that it covers", { scales: [2 / 255], zeroPoints: [-1] }, [], "-1 to 1"],
    ["bytes", { scales: [1], zeroPoints: [-128] }, [], "0 to 255"],
    ["its own", { scales: [4 / 255], zeroPoints: [-1] }, [], "-1.99 to 2.01"],
    [
      "what constants make it of",
      { scales: [2 / 255], zeroPoints: [-1] },
      [
        ["mul", [1 / 127.5]],
        ["sub", [1]],
      ],
      "0 to 255",
    ],
  ])("of a float input tells %s", async (_, quantized, steps, expected) => {
    expect(await ends(classifier(steps, { quantized }))).toEqual([expected]);
  });

  it("of the input takes bytes as they are", async () => {
    const input = { type: "int8", scales: [1 / 255], zeroPoints: [-128] } as const;
    expect(await ends(classifier([], { input }))).toEqual(["0 to 1"]);
  });
});

describe("the metadata's mean and standard deviation", () => {
  const signed = { means: [127.5], deviations: [127.5] };

  it("are the range of floats, one for all channels or each", async () => {
    expect(await ends(classifier([], { metadata: { means: [0], deviations: [255] } }))).toEqual([
      "0 to 1",
    ]);
    const metadata = { means: [0, 127.5, 0], deviations: [1, 127.5, 255] };
    expect(await ends(classifier([], { metadata }))).toEqual(["0 to 255", "-1 to 1", "0 to 1"]);
  });

  it("are what bytes stand for where the input is quantised so", async () => {
    const input = { type: "uint8", scales: [1 / 128], zeroPoints: [128] } as const;
    expect(await ends(classifier([], { input, metadata: signed }))).toEqual(["-1 to 0.99"]);
  });

  it("count where the input's 8 bits cover them otherwise", async () => {
    const input = { type: "int8", scales: [4 / 255], zeroPoints: [0] } as const;
    expect(await ends(classifier([], { input, metadata: signed }))).toEqual(["-1 to 1"]);
  });

  it("are passed over with a note where 8 bits cannot be meant so", async () => {
    const input = { type: "uint8", scales: [1], zeroPoints: [0] } as const;
    const model = classifier([], { input, metadata: signed });
    expect(await ends(model)).toEqual(["0 to 255"]);
    expect((await model).origin?.notes.join()).toMatch(/do not fit the input's uint8/);
  });

  it("yield to operators that say otherwise, with a note", async () => {
    const model = classifier(
      [
        ["mul", [2]],
        ["sub", [1]],
      ],
      { metadata: signed },
    );
    expect(await ends(model)).toEqual(["0 to 1"]);
    expect((await model).origin?.notes.join()).toMatch(
      /says otherwise than the operators MUL, SUB/,
    );
  });

  it.each<MetadataSpec>([
    { means: [1], deviations: [0] },
    { means: [1, 2], deviations: [1] },
    { means: [Number.NaN], deviations: [1] },
  ])("are refused where they are none: %j", async (metadata) => {
    await expect(classifier([], { metadata })).rejects.toThrow(/metadata is malformed/);
  });
});

describe("scales behind what moves pixels", () => {
  const slice = (name: string, input: string, channel: number): Node => ({
    ...({ op: "slice", name, inputs: [input], start: [0, 0, channel], size: [8, 8, 1] } as const),
  });
  const front = (...nodes: readonly Node[]): Graph => ({
    name: "front",
    nodes: [{ op: "input", name: "image", inputs: [], shape: [1, 8, 8, 3] }, ...nodes],
    parameters: new Map(),
    outputs: [nodes.at(-1)!.name],
  });
  const scaled = (input: string): Node => ({
    ...({ op: "batchNorm", name: "scaled", inputs: [input], epsilon: 0 } as const),
    ...{ gamma: "g", beta: "b", mean: "m", variance: "v" },
  });
  const affines = new Map([["scaled", { factors: [1 / 255], offsets: [0], kind: "Div" }]]);
  const one = { top: 1, left: 1, bottom: 1, right: 1 };
  const turned = [2, 1, 0].map((channel) => slice(`c${channel}`, "image", channel));
  const joined: Node = { op: "concat", name: "turned", inputs: ["c2", "c1", "c0"], axis: 3 };

  it.each<[string, readonly Node[]]>([
    ["a border", [{ op: "pad", name: "moved", inputs: ["image"], pads: one }, scaled("moved")]],
    ["channels in another order", [...turned, joined, scaled("turned")]],
  ])("say that bytes come: %s", (_, nodes) => {
    expect(rangeBehindInput(front(...nodes), affines)?.value).toEqual(ranges.bytes);
  });

  it("say nothing where something else reads the pixels as well", () => {
    const sum: Node = { op: "add", name: "sum", inputs: ["scaled", "c0"] };
    expect(rangeBehindInput(front(...turned, joined, scaled("turned"), sum), affines)).toBe(
      undefined,
    );
  });
});
