/**
 * Weight files of strangers: whatever they hold, only the library's own error comes out, soon, and
 * nothing is allocated that the file does not pay for: its tensors' values at most four times its size,
 * everything else within some tens of megabytes.
 */

import { describe, expect, it } from "vitest";
import { findStateDict } from "../../src/formats/pytorch/state-dict.ts";
import { TensorReader } from "../../src/formats/pytorch/storages.ts";
import { readTorchFile } from "../../src/formats/pytorch/torch-file.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { Random } from "../../src/random.ts";
import { inputs } from "../fuzz.ts";
import { madeFile, open } from "../pytorch/answers.ts";
import { expectSoon, many, pickle, unpickled } from "./pickles.ts";

/** PyTorch's three kinds of file are changed and cut, safetensors changed and cut in one. */
const rounds = inputs(120, 5);

/** Everything that reading a file of PyTorch's does before names count; the values that it made. */
function readAll(bytes: Uint8Array): number {
  const { root, storages } = readTorchFile(bytes, "hostile.pth");
  const { tensors } = findStateDict(root, "hostile.pth");
  const reader = new TensorReader(storages, { place: "hostile.pth", bytes: bytes.length });
  let values = 0;
  for (const [name, tensor] of tensors) values += reader.read(name, tensor)?.data.length ?? 0;
  return values;
}

describe.each(["state-dict.pth", "legacy-half.pth", "whole-module.pt"])("%s", (name) => {
  const whole = madeFile(name);
  // Pickles stand first, a zip's directory last; between there are values, which may be any.
  const places = [
    [0, 60_000],
    [whole.length - 30_000, whole.length],
  ] as const;

  it("with some bytes changed", async () => {
    const random = new Random(name.length);
    const within = (from: number, to: number): number =>
      from + Math.floor(random.uniform() * (to - from));
    for (let round = 0; round < rounds; round++) {
      const bytes = whole.slice();
      const [from, to] = places[round % 2]!;
      for (let i = 0; i <= round % 4; i++) bytes[within(from, to)] = within(0, 256);
      await expectSoon(() => {
        expect(readAll(bytes) * 4).toBeLessThanOrEqual(4 * bytes.length + 65_536);
      });
    }
  });

  it("cut anywhere", async () => {
    const random = new Random(7);
    for (let round = 0; round < rounds / 2; round++) {
      await expectSoon(() => readAll(whole.slice(0, Math.floor(random.uniform() * whole.length))));
    }
  });
});

describe("a pickle", () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      "that runs a program",
      pickle("cposix\nsystem\n", [0x58, 2, 0, 0, 0], "ls", 0x85, 0x52),
      /imports what no weights need.*posix.system/,
    ],
    ["that evaluates", pickle("cbuiltins\neval\n", 0x29, 0x52), /builtins\.eval/],
    ["that opens a file", pickle("cio\nopen\n", 0x29, 0x52), /io\.open/],
    ["of dictionaries without end", pickle(many(200_000, 0x7d)), /more than any checkpoint needs/],
    [
      "of operations without end",
      pickle(many(600_000, 0x4e, 0x30)),
      /more than any checkpoint needs/,
    ],
    ["of marks without end", pickle(many(5000, 0x28)), /too many values within/],
    ["with a text longer than itself", pickle(0x58, [255, 255, 255, 255]), /ends too early/],
    [
      "with an integer longer than any",
      pickle(0x8b, [255, 255, 0, 0], many(70_000, 1)),
      /integer is too long/,
    ],
    ["that pops nothing", pickle(0x30), /a value is missing/],
    ["that remembers nothing", pickle(0x68, 9), /was not kept/],
    ["that calls a text", pickle([0x55, 1], "a", 0x29, 0x52), /no import/],
    ["with an operation that nobody needs", pickle(0x69), /not read.*0x69/],
    ["with half an item", pickle(0x7d, 0x28, 0x4e, 0x75), /key without a value/],
  ])("%s is refused", async (_, bytes, message) => {
    await expectSoon(() => {
      expect(() => unpickled(bytes)).toThrow(message);
      unpickled(bytes);
    });
  });

  it("may hold itself: modules within one another have an end", async () => {
    // A module whose only part is itself.
    const own = pickle(
      "ctorch.nn\nModule\n",
      0x29,
      0x81,
      [0x71, 0],
      0x7d,
      [0x55, 8],
      "_modules",
      0x7d,
      [0x55, 1],
      "a",
      [0x68, 0],
      0x73,
      0x73,
      0x62,
    );
    await expectSoon(() => {
      expect(() => findStateDict(unpickled(own), "p")).toThrow(/too many parts/);
      findStateDict(unpickled(own), "p");
    });
  });

  it("may double its parts thirty times: they are not all visited", async () => {
    const parts: (string | number | readonly number[])[] = [0x7d, [0x71, 0]];
    for (let i = 0; i < 30; i++) {
      parts.push("ctorch.nn\nModule\n", 0x29, 0x81, 0x7d, [0x55, 8], "_modules", 0x7d);
      for (const name of ["a", "b"]) parts.push([0x55, 1], name, [0x68, i], 0x73);
      parts.push(0x73, 0x62, [0x71, i + 1]);
    }
    const doubling = pickle(...parts);
    await expectSoon(() => {
      expect(() => findStateDict(unpickled(doubling), "p")).toThrow(/too many parts/);
      findStateDict(unpickled(doubling), "p");
    });
  });
});

describe("tensors", () => {
  const storage = [
    0x28,
    [0x55, 7],
    "storage",
    "ctorch\nFloatStorage\n",
    [0x55, 1],
    "0",
    [0x55, 3],
    "cpu",
    [0x4b, 4],
    0x74,
    0x51,
  ] as const;
  const tensor = (
    offset: number,
    sizes: readonly number[],
    strides: readonly number[],
  ): Uint8Array =>
    pickle(
      "ctorch._utils\n_rebuild_tensor_v2\n",
      0x28,
      ...storage,
      [0x4b, offset],
      0x28,
      sizes.flatMap((size) => [0x4a, ...new Uint8Array(Int32Array.of(size).buffer)]),
      0x74,
      0x28,
      strides.flatMap((stride) => [0x4a, ...new Uint8Array(Int32Array.of(stride).buffer)]),
      0x74,
      0x89,
      0x7d,
      0x74,
      0x52,
    );
  const read = (bytes: Uint8Array): unknown =>
    new TensorReader(() => new Uint8Array(16), { place: "p", bytes: 100 }).read(
      "t",
      unpickled(bytes) as never,
    );

  it("are views, in whatever order", () => {
    const values = Uint8Array.from(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const reader = new TensorReader(() => values, { place: "p", bytes: 100 });
    const turned = reader.read("t", unpickled(tensor(0, [2, 2], [1, 2])) as never);
    expect([...turned!.data]).toEqual([1, 3, 2, 4]);
    const repeated = reader.read("t", unpickled(tensor(1, [3], [0])) as never);
    expect([...repeated!.data]).toEqual([2, 2, 2]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["outside their storage", tensor(2, [3], [1]), /outside its storage/],
    ["of negative sizes", tensor(0, [-1], [1]), /a tensor's place/],
    ["of negative strides", tensor(3, [2], [-1]), /a tensor's place/],
    [
      "that repeat a value without end",
      tensor(0, [2 ** 31 - 1, 2 ** 31 - 1], [0, 0]),
      /more than the file holds/,
    ],
    [
      "of a vast shape",
      tensor(0, [2 ** 31 - 1, 2 ** 31 - 1], [1, 1]),
      /outside its storage|more than/,
    ],
    ["of many dimensions", tensor(0, Array(9).fill(1), Array(9).fill(1)), /a tensor's place/],
  ])("%s are refused", async (_, bytes, message) => {
    await expectSoon(() => {
      expect(() => read(bytes)).toThrow(message);
      read(bytes);
    });
  });
});

describe("safetensors", () => {
  const whole = writeSafetensors({
    tensors: new Map([
      [
        "features.1.conv.0.0.weight",
        { dtype: "float32", shape: [2, 1, 3, 3], data: new Float32Array(18) },
      ],
    ]),
    metadata: { format: "pt" },
  });

  it("with bytes changed or cut are read or refused", async () => {
    const random = new Random(5);
    for (let round = 0; round < rounds; round++) {
      const bytes = whole.slice(
        0,
        round % 3 === 0 ? Math.floor(random.uniform() * whole.length) : undefined,
      );
      if (bytes.length > 0)
        bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      await expectSoon(() => readSafetensors(bytes));
      await expectSoon(() => open({ "w.safetensors": bytes }, {}));
    }
  });
});

describe("files beside weights", () => {
  const weights = madeFile("state-dict.pth");
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

  it.each([
    ["{", /not JSON/],
    ['{"model_type": "resnet"}', /"model_type" has a value that is not read.*mobilenet_v2.*resnet/],
    ['{"model_type": "mobilenet_v2", "hidden_act": "swish"}', /"hidden_act".*relu6.*swish/],
    ['{"model_type": "mobilenet_v2", "output_stride": 4}', /"output_stride".*8 or 16 or 32/],
    ['{"model_type": "mobilenet_v2", "layer_norm_eps": "x"}', /"layer_norm_eps".*a number/],
    ['{"model_type": "mobilenet_v2", "image_size": 1e9}', /"image_size"/],
    [
      '{"model_type": "mobilenet_v2", "first_layer_is_expansion": false}',
      /"first_layer_is_expansion"/,
    ],
    ['{"model_type": "mobilenet_v2", "id2label": {"1": "a"}}', /"id2label".*names for 0 to 0/],
    [
      '{"model_type": "mobilenet_v2"}',
      /not those that the file is about.*transformers.*torchvision/,
    ],
    ['{"architecture": "resnet50"}', /"architecture"/],
    ['{"architecture": "mobilenetv2_100", "model_args": {"pad_type": "same"}}', /"pad_type"/],
    ['{"architecture": "mobilenetv2_100"}', /not those that the file is about.*timm.*torchvision/],
  ])("config.json %s is refused by name", async (text, message) => {
    const files = { "pytorch_model.bin": weights, "config.json": encode(text) };
    await expect(open(files, {})).rejects.toThrow(message);
  });

  it.each([
    ['{"do_pad": true}', /"do_pad"/],
    [
      '{"size": {"shortest_edge": 256}, "do_center_crop": false}',
      /fitted in a way.*shorter edge to 256/,
    ],
    ['{"size": {"longest_edge": 256}}', /"size".*shortest_edge/],
    ['{"size": 256, "crop_size": {"height": 300, "width": 300}}', /fitted in a way/],
    ['{"image_std": [0, 1, 1]}', /"image_std"/],
    ['{"image_mean": "x"}', /"image_mean"/],
  ])("preprocessor_config.json %s is refused by name", async (text, message) => {
    const files = { "pytorch_model.bin": weights, "preprocessor_config.json": encode(text) };
    await expect(open(files, {})).rejects.toThrow(message);
  });
});
