/** A small classifier whose graph looks as those of TensorFlow Hub that `@tensorflow-models/mobilenet` loads. */
import { GraphFile, window } from "../tfjs/graph-file.ts";

const scope = "module_apply_default/MobilenetV2";

/** 224×224 in, the logits of a background and 1000 classes out. */
export function hubClassifier(): GraphFile {
  const graph = new GraphFile("new");
  const image = graph.input([-1, 224, 224, 3]);
  const conv = (name: string, from: string, shape: readonly number[], stride: number): string => {
    const filters = graph.seeded(`${name}/weights`, shape, 0.5);
    const body = graph.op("Conv2D", `${name}/Conv2D`, [from, filters], window("SAME", { stride }));
    return graph.op("BiasAdd", `${name}/BiasAdd`, [
      body,
      graph.seeded(`${name}/biases`, [shape[3]!], 0.2),
    ]);
  };
  const first = graph.op("Relu6", `${scope}/Conv/Relu6`, [
    conv(`${scope}/Conv`, image, [3, 3, 3, 8], 8),
  ]);
  const last = graph.op("Relu6", `${scope}/Conv_1/Relu6`, [
    conv(`${scope}/Conv_1`, first, [3, 3, 8, 24], 4),
  ]);
  const pool = graph.op("AvgPool", `${scope}/Logits/AvgPool`, [last], {
    ...window("VALID"),
    ksize: [1, 7, 7, 1],
  });
  const logits = conv(`${scope}/Logits/Conv2d_1c_1x1`, pool, [1, 1, 24, 1001], 1);
  graph.op("Squeeze", `${scope}/Logits/output`, [logits], { squeeze_dims: [1, 2] });
  return graph;
}
