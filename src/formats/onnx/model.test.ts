/** What an ONNX file says beside its graph is honoured, and what it does not say is told. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { floats, onnxFile } from "../../../test/onnx/onnx-file.ts";
import { ranges } from "../../image/presets.ts";
import { joinBytes } from "../../join-bytes.ts";
import type { MainFile } from "../format.ts";
import type { ModelOptions } from "../model-options.ts";
import { type Encoded, integerField, messageField, textField } from "./protobuf.ts";
import { readOnnxModel } from "./read-model.ts";

const ones = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const folder = new URL("../../../test/onnx/exports/", import.meta.url);
const file = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)));

const pair = (key: string, value: string): Encoded =>
  messageField(14, [textField(1, key), textField(2, value)]);

function read(
  bytes: Uint8Array,
  options: ModelOptions = {},
  beside: ReadonlyMap<string, Uint8Array> = new Map(),
) {
  const main: MainFile = {
    ...{ name: "model.onnx", place: "model.onnx", bytes, labels: undefined },
    beside: async () => undefined,
    readIfThere: async () => undefined,
    read: async (path, budget) => {
      const found = beside.get(path)!;
      budget.take(found.length, path);
      return found;
    },
  };
  return readOnnxModel(main, { name: "model", options });
}

describe("a file of PyTorch's", () => {
  it("is normalised as is usual there, which is told", async () => {
    const model = await read(file("classifier-13-open"));
    expect(model.origin?.framework).toBe("ONNX by pytorch 1.13.0");
    expect(model.preprocess).toMatchObject({ width: 32, height: 32, ...ranges.imagenet });
    const about = model.assumptions?.map((one) => one.about);
    expect(about).toEqual(["head", "range", "fit", "labels"]);
    expect(model.assumptions?.[1]).toEqual({
      about: "range",
      assumed: "bytes become deviations from ImageNet's means, as is usual with PyTorch",
      option: "range",
    });
    const said = await read(file("classifier-13-open"), { range: "0..1" });
    expect(said.preprocess).toMatchObject(ranges.unit);
    expect(said.assumptions?.map((one) => one.about)).not.toContain("range");
  });

  it("takes pictures of the usual size where it leaves that open, or as the caller says", async () => {
    const open = file("classifier-17-size-open");
    const usual = await read(open);
    expect(usual.preprocess).toMatchObject({ width: 224, height: 224 });
    expect(usual.assumptions?.[0]).toEqual({
      about: "resolution",
      assumed: "pictures are 224×224",
      option: "resolution",
    });
    const small = await read(open, { resolution: [64, 96] });
    expect(small.preprocess).toMatchObject({ width: 96, height: 64 });
    expect(small.assumptions?.map((one) => one.about)).not.toContain("resolution");
    await expect(read(open, { resolution: 0.5 })).rejects.toThrow(/^model: bad resolution/);
    await expect(read(file("classifier-7"), { resolution: 64 })).rejects.toThrow(
      /the model settles "resolution" itself/,
    );
  });

  it("says by its first operators that it takes bytes", async () => {
    const model = await read(file("prepared-12"));
    expect(model.preprocess).toMatchObject(ranges.bytes);
    expect(model.origin?.range).toBe("the operators Div, Sub, Div behind the input");
  });

  it("is a segmenter where its output is a map, and features where it has no head", async () => {
    expect((await read(file("segmenter-11"))).task).toBe("segment");
    expect((await read(file("flat-11"))).task).toBe("classify");
  });
});

describe("metadata", () => {
  const named = (...pairs: readonly Encoded[]) =>
    read(joinBytes([file("classifier-13-open"), ...pairs]));

  it.each([
    ["names", "{0: 'a', 1: 'b', 2: \"it's\", 3: 'd', 4: 'e'}", ["a", "b", "it's", "d", "e"]],
    ["labels", '["a", "b", "c", "d", "e"]', ["a", "b", "c", "d", "e"]],
    ["classes", "a, b, c, d, e", ["a", "b", "c", "d", "e"]],
    ["class_names", "a\nb b\nc\nd\ne\n", ["a", "b b", "c", "d", "e"]],
    ["id2label", '{"1": "b", "0": "a", "2": "c", "4": "e", "3": "d"}', ["a", "b", "c", "d", "e"]],
  ])("names the classes under %s", async (key, text, expected) => {
    const model = await named(pair(key, text));
    expect(model).toMatchObject({ labels: expected });
    expect(model.origin?.labels).toBe(`the file's metadata "${key}"`);
  });

  it.each([
    ["0.485, 0.456, 0.406", "[0.229, 0.224, 0.225]", ranges.imagenet],
    ["127.5", "127.5", ranges.signed],
    ["0", "255", ranges.unit],
  ])("says a mean of %s and a deviation of %s", async (mean, std, { scale, offset }) => {
    const { preprocess, assumptions } = await named(pair("mean", mean), pair("std", std));
    for (const c of [0, 1, 2]) {
      expect(preprocess.scale[c]).toBeCloseTo(scale[c]!, 9);
      expect(preprocess.offset[c]).toBeCloseTo(offset[c]!, 9);
    }
    expect(assumptions?.map((one) => one.about)).not.toContain("range");
  });

  it.each([
    ["the graph's own mean and deviation", "[0.485, 0.456, 0.406]", "[0.229, 0.224, 0.225]"],
    ["others than the graph's", "127.5", "127.5"],
  ])("normalises no picture twice: %s", async (_, mean, std) => {
    const words = [pair("mean", mean), pair("std", std)];
    const model = await read(joinBytes([file("prepared-12"), ...words]));
    expect(model.preprocess).toMatchObject(ranges.bytes);
    expect(model.origin?.range).toMatch(/^the operators/);
    expect(model.origin?.notes.join()).toMatch(/metadata "mean".*than the operators.*which counts/);
  });

  it("tells which range operators of an unusual mean and deviation work on", async () => {
    const bytes = onnxFile({
      ...{ inputs: { x: [1, 3, 4, 4] }, outputs: { y: [1, 3] } },
      constants: { m: floats([], 0.3), d: floats([], 0.05), w: floats([3, 3, 1, 1], ...ones) },
      operators: [
        { kind: "Sub", inputs: ["x", "m"], outputs: ["s"] },
        { kind: "Div", inputs: ["s", "d"], outputs: ["n"] },
        { kind: "Conv", inputs: ["n", "w"], outputs: ["c"] },
        { kind: "GlobalAveragePool", inputs: ["c"], outputs: ["g"] },
        { kind: "Flatten", inputs: ["g"], outputs: ["f"] },
        { kind: "Softmax", inputs: ["f"], outputs: ["y"] },
      ],
    });
    const alone = await read(bytes);
    expect(alone.assumptions?.map((each) => each.about)).toContain("range");
    const words = [pair("mean", "0.3"), pair("std", "0.05")];
    const { preprocess, origin } = await read(joinBytes([bytes, ...words]));
    expect(preprocess).toMatchObject(ranges.unit);
    expect(origin?.range).toBe("the operators Sub, Div behind the input");
  });

  it("says nothing of what the input takes by a mean of 0 and a deviation of 1", async () => {
    const { assumptions } = await named(pair("mean", "[0.0, 0.0, 0.0]"), pair("std", "1"));
    expect(assumptions?.map((one) => one.about)).toContain("range");
  });

  it("does not change what bytes are for an input of bytes", async () => {
    const bytes = new Uint8Array(
      readFileSync(new URL("../../../test/onnx/operators/bytes.onnx", import.meta.url)),
    );
    const model = await read(joinBytes([bytes, pair("mean", "127.5"), pair("std", "127.5")]));
    expect(model.preprocess).toMatchObject(ranges.bytes);
    expect(model.origin?.notes.join()).toMatch(
      /metadata "mean".*element type, uint8, which counts/,
    );
  });

  it("is passed over where it says something else under these keys", async () => {
    const model = await named(pair("names", "{0: print('a')}"), pair("mean", "the usual"));
    expect(model).toMatchObject({
      labels: ["class 0", "class 1", "class 2", "class 3", "class 4"],
    });
    expect(model.assumptions?.map((one) => one.about)).toContain("range");
  });

  it("says the size of pictures that the graph leaves open", async () => {
    const size = pair("imgsz", "[48, 64]");
    const model = await read(joinBytes([file("classifier-17-size-open"), size]));
    expect(model.preprocess).toMatchObject({ width: 64, height: 48 });
  });
});

/** A network of one operator, whose weights lie in another file. */
function outside(location: string, more: readonly Encoded[] = []): Uint8Array {
  const entry = (key: string, value: string): Encoded =>
    messageField(13, [textField(1, key), textField(2, value)]);
  const weights = messageField(5, [
    ...[5, 3, 1, 1].map((dim) => integerField(1, dim)),
    ...[integerField(2, 1), textField(8, "w"), integerField(14, 1)],
    ...[entry("location", location), entry("offset", "4"), ...more],
  ]);
  const dim = (size: number): Encoded => messageField(1, [integerField(1, size)]);
  const shape = messageField(2, [1, 3, 1, 1].map(dim));
  const type = messageField(2, [messageField(1, [integerField(1, 1), shape])]);
  const conv = messageField(1, [
    ...["x", "w"].map((name) => textField(1, name)),
    ...[textField(2, "y"), textField(4, "Conv")],
  ]);
  const ends = [messageField(11, [textField(1, "x"), type]), messageField(12, [textField(1, "y")])];
  return joinBytes([
    ...[integerField(1, 8), messageField(7, [conv, weights, ...ends])],
    messageField(8, [integerField(2, 17)]),
  ]);
}

describe("weights in another file", () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => i);
  const beside = new Map([["weights.bin", new Uint8Array(values.buffer)]]);

  it("are read from beside the model", async () => {
    const { graph } = await read(outside("weights.bin"), {}, beside);
    // [output, input] became [input, output], from the second number on.
    const { data } = graph.parameters.get("w")!;
    expect(Array.from(data!)).toEqual([1, 4, 7, 10, 13, 2, 5, 8, 11, 14, 3, 6, 9, 12, 15]);
  });

  it.each(["./weights.bin", ".//weights.bin"])("may begin with the folder: %s", async (path) => {
    const { graph } = await read(outside(path), {}, beside);
    expect(graph.parameters.get("w")!.data![0]).toBe(1);
  });

  it("lie below the model's folder, and are as long as they have to be", async () => {
    await expect(read(outside("../weights.bin"), {}, beside)).rejects.toThrow(
      /values lie outside the model's folder/,
    );
    for (const path of ["/etc/passwd", "./../weights.bin", ".//../weights.bin"]) {
      await expect(read(outside(path), {}, beside)).rejects.toThrow(/outside/);
    }
    const short = new Map([["weights.bin", new Uint8Array(32)]]);
    await expect(read(outside("weights.bin"), {}, short)).rejects.toThrow(
      /w: a constant does not fill its shape: expected 60 bytes from 4 on for 5×3×1×1/,
    );
    const long = new Map([["weights.bin", new Uint8Array(2 ** 21)]]);
    await expect(read(outside("weights.bin"), {}, long)).rejects.toThrow(
      /longer than its model needs/,
    );
  });
});

describe("what is refused", () => {
  it("is named by file, producer, operator and node", async () => {
    const odd = new TextDecoder("latin1")
      .decode(file("classifier-13-open"))
      .replace('"\x07Flatten', '"\x07Fl@tten');
    const bytes = Uint8Array.from(odd, (character) => character.charCodeAt(0));
    await expect(read(bytes)).rejects.toThrow(
      /^model\.onnx by pytorch 1\.13\.0, \S+: operator \d+, Fl@tten "\/Flatten": no such operation here/,
    );
  });

  it("are versions of operators that nobody here has read", async () => {
    const bytes = joinBytes([file("classifier-13-open"), messageField(8, [integerField(2, 99)])]);
    await expect(read(bytes)).rejects.toThrow(/expected operator set 7 to 22, received 99/);
  });
});
