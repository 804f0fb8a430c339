import { describe, expect, it } from "vitest";
import { openBytes, zeroFiles } from "../../test/open-bytes.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { float32Tensor, type Tensor } from "../tensor.ts";
import { namelessHead } from "./nameless-head.ts";

const tensors = (...shapes: readonly number[][]): ReadonlyMap<string, Tensor> =>
  new Map(
    shapes.map((shape, i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return [`input/_${i}`, float32Tensor(shape, new Float32Array(count).fill(i))];
    }),
  );

describe("a head without names", () => {
  it("is the matrix that takes the features, with the bias that fits it", () => {
    const [layer, ...others] = namelessHead(tensors([3], [8, 3], [7]), 8);
    expect(others).toEqual([]);
    expect(layer?.weights.shape).toEqual([8, 3]);
    expect(layer?.bias?.data[0]).toBe(0);
  });

  it("is a chain where one matrix takes what another gives", () => {
    const layers = namelessHead(tensors([5, 3], [8, 5], [3]), 8);
    expect(layers.map(({ weights, bias }) => [weights.shape, bias?.shape])).toEqual([
      [[8, 5], undefined],
      [[5, 3], [3]],
    ]);
  });

  it("is refused where shapes leave a choice", () => {
    expect(() => namelessHead(tensors([8, 3], [8, 4]), 8)).toThrow(/2 matrices of 8 inputs/);
    expect(() => namelessHead(tensors([8, 3], [3], [3]), 8)).toThrow(/2 biases of 3 values/);
    expect(() => namelessHead(tensors([8, 3], [9, 4]), 8)).toThrow(/_1 of 9×4 besides/);
    expect(namelessHead(tensors([9, 4]), 8)).toEqual([]);
  });

  it("makes a classifier of weights whose graph is missing", async () => {
    const files = zeroFiles(mobilenetV2({ width: 0.35, classes: 3 }));
    const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
    const [{ weights }] = json.weightsManifest as [
      { weights: { name: string; shape: number[] }[] },
    ];
    for (const weight of weights) weight.name = slimName(weight.name);
    for (const weight of weights) {
      if (weight.name === "classifier/weights") {
        weight.name = "Func/input/_1";
        weight.shape = weight.shape.slice(2);
      } else if (weight.name === "classifier/bias") weight.name = "Func/input/_2";
    }
    json.modelTopology = { node: [] };
    const named = new Map(files).set("model.json", new TextEncoder().encode(JSON.stringify(json)));
    const model = await openBytes(named, "mine");
    expect(model).toMatchObject({ task: "classify", labels: ["class 0", "class 1", "class 2"] });
    expect(model.assumptions?.map(({ about }) => about)).toEqual(
      expect.arrayContaining([
        "resolution",
        "range",
        "fit",
        "padding",
        "epsilon",
        "head",
        "labels",
      ]),
    );
    const said = await openBytes(named, "mine", { resolution: 96, padding: "same", range: "0..1" });
    const left = said.assumptions?.map(({ about }) => about);
    expect(left).not.toEqual(expect.arrayContaining(["resolution"]));
    expect(left).not.toEqual(expect.arrayContaining(["padding"]));
    expect(left).not.toEqual(expect.arrayContaining(["range"]));
    expect(said.preprocess.offset).toEqual([0, 0, 0]);
  });
});

/** Our name as TensorFlow's research code writes it. */
function slimName(name: string): string {
  const [, layer = "", part = ""] =
    /^(.*?)\/((?:batch_norm\/)?[^/]+)$/.exec(name.replace(/^block_(\d+)\//, "expanded_conv_$1+")) ??
    [];
  if (layer === "classifier") return name;
  const renamed = layer
    .replace(/^stem$/, "Conv")
    .replace(/^head$/, "Conv_1")
    .replace("expanded_conv_0+", "expanded_conv+")
    .replace("+", "/");
  const ours = part
    .replace(/^weights$/, layer.endsWith("depthwise") ? "depthwise_weights" : "weights")
    .replace(/^batch_norm\/(mean|variance)$/, "BatchNorm/moving_$1")
    .replace(/^batch_norm/, "BatchNorm");
  return `MobilenetV2/${renamed}/${ours}`;
}
