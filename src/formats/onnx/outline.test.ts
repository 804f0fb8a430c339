import { expect, it } from "vitest";
import { GraphBuilder } from "../../graph/builder.ts";
import { withRandomWeights } from "../../graph/random-weights.ts";
import { outlineOnnx } from "./outline.ts";
import { writeOnnx } from "./writer.ts";

it("an ONNX file's outline has its operators and ends", async () => {
  const network = new GraphBuilder("small");
  const input = network.input("image", [1, 8, 8, 3]);
  const plain = { padding: "same", activation: "none" } as const;
  const map = network.conv2d(4, { ...plain, name: "stem", input, kernel: 3, stride: 2 });
  const graph = withRandomWeights(network.build([network.unary("sigmoid", "end", map)]));
  const { operations, inputs, outputs, framework } = await outlineOnnx({
    ...{ bytes: writeOnnx(graph), place: "small.onnx" },
  });
  expect(Object.fromEntries(operations)).toMatchObject({ Conv: 1, Sigmoid: 1 });
  expect(inputs).toEqual([{ name: "image", shape: [1, 3, 8, 8], dtype: "float32" }]);
  expect(outputs).toEqual([{ name: "end", shape: [1, 4, 4, 4], dtype: "float32" }]);
  expect(framework).toContain("mobilenetv2");
});
