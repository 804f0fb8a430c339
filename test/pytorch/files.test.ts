/** PyTorch's files, in every way that people save them, answer here what they answer there. */
import { describe, expect, it } from "vitest";
import { findStateDict } from "../../src/formats/pytorch/state-dict.ts";
import { TensorReader } from "../../src/formats/pytorch/storages.ts";
import { readTorchFile } from "../../src/formats/pytorch/torch-file.ts";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { ranges } from "../../src/image/presets.ts";
import type { Tensor } from "../../src/tensor.ts";
import { expected, madeFile, open, picture, valuesOf } from "./answers.ts";

/** Single precision, in another order of sums: some 60 layers of at most some hundred terms. */
function expectClose(values: Float32Array, wanted: readonly number[]): void {
  const most = Math.max(...wanted.map(Math.abs), 1);
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs(values[i]! - value) / most, `output ${i}: ${values[i]}`).toBeLessThan(1e-4);
  }
}

function tensorsOf(name: string): Map<string, Tensor<"float32">> {
  const bytes = madeFile(name);
  const { root, storages } = readTorchFile(bytes, name);
  const reader = new TensorReader(storages, { place: name, bytes: bytes.length });
  return new Map(
    [...findStateDict(root, name).tensors].flatMap(([key, stored]) => {
      const tensor = reader.read(key, stored);
      return tensor === undefined ? [] : [[key, tensor] as const];
    }),
  );
}

describe("a file of torchvision's network", () => {
  it.each(["state-dict.pth", "legacy-half.pth", "checkpoint.pth.tar", "whole-module.pt"])(
    "answers as PyTorch: %s",
    async (name) => {
      const { size, logits } = expected[name]!;
      const model = await open({ [name]: madeFile(name) }, { resolution: size });
      expectClose(await valuesOf(model, picture(size)), logits);
      expect(model.preprocess).toMatchObject(ranges.imagenet);
      expect(model.task).toBe("classify");
    },
  );

  it("answers as PyTorch where strides meet an odd size", async () => {
    const { size, logits } = expected["state-dict.pth at 97"]!;
    const model = await open({ "w.pth": madeFile("state-dict.pth") }, { resolution: size });
    expectClose(await valuesOf(model, picture(size)), logits);
  });

  it("says what it does not say", async () => {
    const model = await open({ "w.pth": madeFile("state-dict.pth") }, {});
    expect(model.assumptions?.map(({ about }) => about)).toEqual([
      ...["resolution", "padding", "epsilon", "head", "range", "fit", "labels"],
    ]);
    const whole = await open({ "w.pt": madeFile("whole-module.pt") }, {});
    expect(whole.assumptions?.map(({ about }) => about)).not.toContain("padding");
    const head = whole.assumptions?.find(({ about }) => about === "head");
    expect(head?.assumed).toContain("ReLU between dense layers");
  });

  it("is named for its format and for whose names it has", async () => {
    const { origin } = await open({ "w.pth": madeFile("state-dict.pth") }, {});
    expect(origin).toMatchObject({ format: "a PyTorch file", framework: /torchvision/ });
  });
});

type Renames = (name: string) => string | undefined;

/** Index of the block, the place in it, and what the module holds. */
const inBlock = /^features\.(\d+)\.conv\.([\d.]+)\.(\w+)$/;

/** timm counts blocks by the stages of table 2. */
function timmName(name: string): string | undefined {
  const stages = [1, 2, 3, 4, 3, 3, 1];
  const [, index, place, part] = inBlock.exec(name) ?? [];
  if (index === undefined || place === undefined) {
    return name
      .replace(/^features\.0\.0\./, "conv_stem.")
      .replace(/^features\.0\.1\./, "bn1.")
      .replace(/^features\.18\.0\./, "conv_head.")
      .replace(/^features\.18\.1\./, "bn2.")
      .replace(/^classifier\.1\./, "classifier.");
  }
  let [stage, block] = [0, Number(index) - 1];
  while (block >= stages[stage]!) block -= stages[stage++]!;
  const modules: Readonly<Record<string, string>> =
    stage === 0
      ? { "0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2" }
      : {
          ...{ "0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2" },
          ...{ "2": "conv_pwl", "3": "bn3" },
        };
  return `blocks.${stage}.${block}.${modules[place]}.${part}`;
}

/** Every block one list, with the activations' places between. */
function flatName(name: string): string | undefined {
  const [, index, place, part] = inBlock.exec(name) ?? [];
  if (index === undefined || place === undefined) {
    return name.replace(/^features\.18\./, "conv.").replace(/^classifier\.1\./, "classifier.");
  }
  const [a, b] = place.split(".").map(Number) as [number, number | undefined];
  const last = index === "1" ? 1 : 2;
  return `features.${index}.conv.${b === undefined ? 3 * last + a - last : 3 * a + b}.${part}`;
}

function renamed(
  renames: Renames,
  order = (all: [string, Tensor<"float32">][]) => all,
): Uint8Array {
  const tensors = order([...tensorsOf("state-dict.pth")]).map(
    ([name, tensor]) => [renames(name) ?? name, tensor] as const,
  );
  return writeSafetensors({ tensors: new Map(tensors), metadata: { format: "pt" } });
}

describe("the same weights under another library's names", () => {
  const { size, logits } = expected["state-dict.pth"]!;

  it.each<[string, Renames]>([
    ["torchvision's", (name) => name],
    ["mobilenetv2.pytorch's", flatName],
    ["timm's", timmName],
  ])("%s, in whatever order", async (_, renames) => {
    const file = renamed(renames, (names) => names.reverse());
    const model = await open({ "m.safetensors": file }, { resolution: size });
    expectClose(await valuesOf(model, picture(size)), logits);
  });

  it.each<[string, Renames]>([
    ["torchvision's", (name) => name],
    ["torchvision's in DataParallel", (name) => `module.${name}`],
    ["torchvision's in a compiled module of Lightning's", (name) => `model._orig_mod.${name}`],
    [
      "torchvision's as a list",
      (name) => name.replace("features.", "0.").replace("classifier.1", "3"),
    ],
    [
      "torchvision's beside another head",
      (name) => name.replace("features.", "base.features.").replace("classifier.1", "fc"),
    ],
    ["mobilenetv2.pytorch's", flatName],
    ["timm's", timmName],
    [
      "timm's in a module",
      (name) => `backbone.${timmName(name)}`.replace("backbone.classifier", "head.fc"),
    ],
  ])("%s", async (_, renames) => {
    const model = await open({ "m.safetensors": renamed(renames) }, { resolution: size });
    expectClose(await valuesOf(model, picture(size)), logits);
    expect(model.preprocess).toMatchObject(ranges.imagenet);
  });

  it("without a head gives the features", async () => {
    const backbone = new Map([...tensorsOf("state-dict.pth")].filter(([name]) => /^f/.test(name)));
    const bytes = writeSafetensors({ tensors: backbone, metadata: {} });
    const model = await open({ "m.safetensors": bytes }, { resolution: size });
    expect(model.task).toBe("embed");
    const whole = await open({ "m.safetensors": renamed((name) => name) }, { resolution: size });
    const wanted = await valuesOf(whole, picture(size), whole.features);
    expect(await valuesOf(model, picture(size), model.features)).toEqual(wanted);
  });
});
