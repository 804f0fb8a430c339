import { describe, expect, it } from "vitest";
import { outlineTfjs } from "./tfjs-outline.ts";

const outline = async (model: unknown) => {
  const bytes = new TextEncoder().encode(JSON.stringify(model));
  const { operations, ...rest } = await outlineTfjs({ name: "model.json", place: "here", bytes });
  return { operations: Object.fromEntries(operations), ...rest };
};

describe("the outline of a TensorFlow.js model", () => {
  it("counts layers, those of models within it too, and names what wrote it", async () => {
    const inner = {
      class_name: "Functional",
      config: {
        layers: [
          { class_name: "InputLayer", config: { name: "in", batch_input_shape: [null, 8, 8, 3] } },
          { class_name: "Conv2D", config: {} },
          { class_name: "Conv2D", config: {} },
        ],
      },
    };
    const model_config = {
      class_name: "Sequential",
      config: { layers: [inner, { class_name: "Dense", config: {} }] },
    };
    expect(
      await outline({
        ...{ generatedBy: "keras v2.15.0", convertedBy: "TensorFlow.js Converter v4.22.0" },
        modelTopology: { model_config },
      }),
    ).toEqual({
      framework: "keras v2.15.0 by TensorFlow.js Converter v4.22.0",
      operations: { Conv2D: 2, Dense: 1 },
      inputs: [{ name: "in", shape: [null, 8, 8, 3], dtype: "float32" }],
      outputs: [],
    });
  });

  it("counts a graph's operations, without constants, and has its signature", async () => {
    const tensorShape = { dim: [{ size: "-1" }, { size: "8" }, { size: 8 }, { size: "3" }] };
    const end = { dtype: "DT_FLOAT", tensorShape };
    const node = ["Placeholder", "Const", "Conv2D", "Relu6", "Conv2D"].map((op) => ({ op }));
    const graph = {
      modelTopology: { node },
      signature: { inputs: { x: end }, outputs: { y: end } },
    };
    const tensor = { shape: [null, 8, 8, 3], dtype: "float32" };
    expect(await outline(graph)).toMatchObject({
      operations: { Conv2D: 2, Relu6: 1 },
      inputs: [{ name: "x", ...tensor }],
      outputs: [{ name: "y", ...tensor }],
    });
  });

  it.each([
    [{}],
    [{ modelTopology: 3, signature: [] }],
    [{ modelTopology: { node: [null, { op: 3 }] }, signature: { inputs: { x: null } } }],
    [{ modelTopology: { model_config: { config: { layers: [{ config: 1 }, 2] } } } }],
  ])("leaves out what is missing or malformed: %j", async (model) => {
    expect((await outline(model)).operations).toEqual({});
  });

  it("ends where models lie within models without end", async () => {
    let layer: object = { class_name: "Dense", config: {} };
    for (let i = 0; i < 20; i++) layer = { class_name: "Model", config: { layers: [layer] } };
    expect((await outline({ modelTopology: { model_config: layer } })).operations).toEqual({
      Model: 1,
    });
  });
});
