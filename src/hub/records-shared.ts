/** What many records share. */
import type { Preprocess } from "../image/presets.ts";

/** TensorFlow's 2/255 as its graphs store it: the nearest float32. */
const twoOver255 = 0.007843137718737125;

/** A byte from 0 to 255 becomes −1 to 1, with the graphs' own rounding. */
export const signed: Pick<Preprocess, "scale" | "offset"> = {
  scale: [twoOver255, twoOver255, twoOver255],
  offset: [-1, -1, -1],
};

/** TensorFlow's padding and ε. */
export const tensorflow = { padding: "same", epsilon: 1e-3 } as const;
