import { describe, expect, it } from "vitest";
import { elementCount, float32Tensor, type Tensor } from "../tensor.ts";
import { mapWeights } from "./weight-names.ts";

/** Values 1, 2, 3 … */
function counting(...shape: number[]): Tensor<"float32"> {
  return float32Tensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, (_, i) => i + 1),
  );
}

describe("mapWeights", () => {
  it("renames without copying and drops what is no weight", () => {
    const kernel = counting(1, 1, 2, 3);
    const mapped = mapWeights(
      new Map<string, Tensor>([
        ["MobilenetV2/Conv_1/Conv2D/merged_input", kernel],
        ["MobilenetV2/Conv_1/BatchNorm/batchnorm/sub", counting(3)],
        ["Postprocessor/ExpandDims", counting(1, 5, 4)],
        ["Postprocessor/shape", { dtype: "int32", shape: [2], data: Int32Array.of(-1, 4) }],
      ]),
      "slim",
    );
    expect([...mapped.keys()]).toEqual(["head/weights", "head/bias"]);
    expect(mapped.get("head/weights")?.data).toBe(kernel.data);
  });

  it("multiplies a folded scale into each channel's filter, leaving the file's values alone", () => {
    const filters = counting(1, 2, 3, 1);
    const layer = "MobilenetV2/expanded_conv/depthwise";
    const mapped = mapWeights(
      new Map([
        [
          `${layer}/BatchNorm/FusedBatchNorm/Scaled`,
          float32Tensor([3], Float32Array.of(1, 10, -1)),
        ],
        [`${layer}/depthwise_weights`, filters],
        [`${layer}/BatchNorm/FusedBatchNorm/Offset`, counting(3)],
      ]),
      "slim",
    );
    expect([...mapped.keys()].toSorted()).toEqual([
      "block_0/depthwise/bias",
      "block_0/depthwise/weights",
    ]);
    expect(mapped.get("block_0/depthwise/weights")).toEqual({
      dtype: "float32",
      shape: [1, 2, 3],
      data: Float32Array.of(1, 20, -3, 4, 50, -6),
    });
    expect(filters.data[1]).toBe(2);
  });

  it("supplies the γ of ones and β of zeros that Keras leaves out", () => {
    const mapped = mapWeights(
      new Map([
        ["Conv1/kernel", counting(3, 3, 3, 2)],
        ["bn_Conv1/moving_mean", counting(2)],
        ["bn_Conv1/moving_variance", counting(2)],
      ]),
      "keras",
    );
    expect(mapped.get("stem/batch_norm/gamma")?.data).toEqual(Float32Array.of(1, 1));
    expect(mapped.get("stem/batch_norm/beta")?.data).toEqual(Float32Array.of(0, 0));
  });

  it("orders a transfer-learnt head's dense layers by number; the last one classifies", () => {
    const dense = (number: number, inputs: number, outputs: number): [string, Tensor][] => [
      [`dense_${number}/kernel`, counting(inputs, outputs)],
      [`dense_${number}/bias`, counting(outputs)],
    ];
    const mapped = mapWeights(
      new Map([...dense(10, 3, 2), ...dense(9, 4, 3), ...dense(2, 5, 4)]),
      "keras",
    );
    expect(mapped.get("hidden_1/weights")?.shape).toEqual([1, 1, 5, 4]);
    expect(mapped.get("hidden_2/weights")?.shape).toEqual([1, 1, 4, 3]);
    expect(mapped.get("classifier/weights")?.shape).toEqual([1, 1, 3, 2]);
  });

  it.each<[string, [string, Tensor][], RegExp]>([
    [
      "weights that have no place",
      [["MobilenetV2/squeeze/weights", counting(1, 1, 8, 2)]],
      /squeeze.*does not have/,
    ],
    [
      "two filters per channel",
      [["MobilenetV2/expanded_conv/depthwise/depthwise_weights", counting(3, 3, 4, 2)]],
      /block_0\/depthwise: bad depth multiplier/,
    ],
    [
      "a scale of another size",
      [
        ["MobilenetV2/expanded_conv/depthwise/depthwise_weights", counting(3, 3, 4, 1)],
        ["MobilenetV2/expanded_conv/depthwise/BatchNorm/batchnorm/mul", counting(3)],
      ],
      /scale does not fit/,
    ],
    ["a bias alone", [["MobilenetV2/Conv/biases", counting(4)]], /stem: .*no weights/],
    [
      "two tensors for one place",
      [
        ["MobilenetV2/Conv/weights", counting(1, 1, 1, 1)],
        ["ema/MobilenetV2/Conv/weights", counting(1, 1, 1, 1)],
      ],
      /two tensors/,
    ],
  ])("rejects %s", (_, tensors, message) => {
    expect(() => mapWeights(new Map(tensors), "slim")).toThrow(message);
  });
});
