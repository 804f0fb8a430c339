/** An SSD that ends in its postprocessing operator, in a few hundred bytes. */
import { writeFlexMap } from "../../src/formats/tflite/flexbuffer-writer.ts";
import { code } from "./tiny-model.ts";
import { type ModelSpec, type TensorSpec, writeModel } from "./write-model.ts";

/** What such an operator usually says. */
export const usualOptions: DetectionOptions = {
  max_detections: 10,
  nms_score_threshold: 0.25,
  nms_iou_threshold: 0.5,
  num_classes: 2,
  y_scale: 10,
  x_scale: 10,
  h_scale: 5,
  w_scale: 5,
};

/** The options of its operator. */
export type DetectionOptions = Readonly<Record<string, number | boolean>>;

/**
 * Three anchors over a grey picture: the mean is 0.5, and biases are what the boxes and scores are. In
 * bytes, encodings have a step of 0.1 and scores one of 1/256.
 */
export function ssd(
  options: DetectionOptions,
  {
    bytes = false,
    background = true,
    spec = {},
  }: {
    readonly bytes?: boolean;
    readonly background?: boolean;
    readonly spec?: Partial<ModelSpec>;
  } = {},
): Uint8Array {
  const encodings = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
  const scores = [0.1, 0.75, 0.5, 0.1, 0.625, 0, 0, 0, 0.375];
  const columns = background ? scores : scores.filter((_, i) => i % 3 !== 0);
  const each = columns.length / 3;
  const value = (name: string, shape: readonly number[], scale: number): TensorSpec =>
    bytes
      ? { name, shape, type: "uint8", scales: [scale], zeroPoints: [scale === 0.1 ? 128 : 0] }
      : { name, shape, type: "float32" };
  const dense = (name: string, bias: readonly number[], input: number): readonly TensorSpec[] => [
    bytes
      ? {
          name: `${name}/weights`,
          ...{ shape: [bias.length, 3], type: "uint8", scales: [0.01], zeroPoints: [0] },
          data: new Uint8Array(3 * bias.length),
        }
      : {
          name: `${name}/weights`,
          shape: [bias.length, 3],
          type: "float32",
          data: new Float32Array(3 * bias.length),
        },
    bytes
      ? {
          name: `${name}/bias`,
          shape: [bias.length],
          type: "int32",
          data: Int32Array.from(bias, (x) => Math.round(x / (input * 0.01))),
        }
      : {
          name: `${name}/bias`,
          shape: [bias.length],
          type: "float32",
          data: Float32Array.from(bias),
        },
  ];
  const anchors = [0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 0.5, 0.5];
  const tensors: readonly TensorSpec[] = [
    value("image", [1, 4, 4, 3], 1 / 256),
    { name: "axes", shape: [2], type: "int32", data: Int32Array.of(1, 2) },
    value("mean", [1, 3], 1 / 256),
    ...dense("boxes", encodings, 1 / 256),
    value("boxes/flat", [1, 12], 0.1),
    value("boxes", [1, 3, 4], 0.1),
    ...dense("scores", columns, 1 / 256),
    value("scores/flat", [1, 3 * each], 1 / 256),
    value("scores", [1, 3, each], 1 / 256),
    bytes
      ? {
          name: "anchors",
          shape: [3, 4],
          type: "uint8",
          scales: [0.25],
          zeroPoints: [0],
          data: Uint8Array.from(anchors, (x) => 4 * x),
        }
      : { name: "anchors", shape: [3, 4], type: "float32", data: Float32Array.from(anchors) },
    ...["a", "b", "c", "d"].map((name): TensorSpec => ({ name, shape: [], type: "float32" })),
  ];
  const at = (name: string): number => tensors.findIndex((tensor) => tensor.name === name);
  const dense1 = (name: string) => [
    {
      code: code.fullyConnected,
      inputs: [at("mean"), at(`${name}/weights`), at(`${name}/bias`)],
      outputs: [at(`${name}/flat`)],
      options: {},
    },
    { code: code.reshape, inputs: [at(`${name}/flat`)], outputs: [at(name)] },
  ];
  const outputs = ["a", "b", "c", "d"].map(at);
  return writeModel({
    tensors,
    operators: [
      { code: code.mean, inputs: [0, 1], outputs: [2] },
      ...dense1("boxes"),
      ...dense1("scores"),
      {
        code: code.custom,
        inputs: ["boxes", "scores", "anchors"].map(at),
        outputs,
        custom: { name: "TFLite_Detection_PostProcess", options: writeFlexMap(options) },
      },
    ],
    inputs: [0],
    outputs,
    ...spec,
  });
}
