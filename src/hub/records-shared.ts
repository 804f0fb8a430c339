/** What many records share. */
import type { MobileNetV2Architecture } from "../graph/architecture.ts";
import type { Preprocess } from "../image/presets.ts";
import { table2Strides } from "../models/mobilenet-v2.ts";

/** TensorFlow's 2/255 as its graphs store it: the nearest float32. */
const twoOver255 = 0.007843137718737125;

/** A byte from 0 to 255 becomes −1 to 1, with the graphs' own rounding. */
export const signed: Pick<Preprocess, "scale" | "offset"> = {
  scale: [twoOver255, twoOver255, twoOver255],
  offset: [-1, -1, -1],
};

/** TensorFlow's padding and ε, and the paper's strides. */
export const tensorflow: Pick<MobileNetV2Architecture, "padding" | "epsilon" | "strides"> = {
  padding: "same",
  epsilon: 1e-3,
  strides: table2Strides,
};
