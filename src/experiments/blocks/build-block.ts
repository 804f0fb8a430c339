/**
 * The layers that section 3 compares, added to a graph of any input: a full convolution, a separable one
 * (figure 2a and b) and the inverted residual with its linear bottleneck (figure 3b).
 */
import type { GraphBuilder } from "../../index.ts";

/** Which of them. */
export type BlockForm = "full" | "separable" | "inverted";

/** What goes into a block and what comes of it. */
export interface BlockAsked {
  /** The node that it reads. */
  readonly input: string;
  /** Of what it gives. */
  readonly channels: number;
  readonly stride: number;
  /** t; of the inverted residual alone. */
  readonly expansion: number;
}

const layer = { padding: "same", activation: "relu6", epsilon: 1e-3 } as const;

/** Adds a block; gives the name of its output. */
export const addBlock: {
  readonly [Form in BlockForm]: (builder: GraphBuilder, asked: BlockAsked) => string;
} = {
  full: (builder, { input, channels, stride }) =>
    builder.conv2d(channels, { ...layer, name: "convolution", input, kernel: 3, stride }),
  separable: (builder, { input, channels, stride }) =>
    builder.conv2d(channels, {
      ...{ ...layer, name: "pointwise" },
      input: builder.depthwiseConv2d({ ...layer, name: "depthwise", input, kernel: 3, stride }),
    }),
  inverted: (builder, { input, channels, stride, expansion }) => {
    const before = builder.channels(input);
    const expanded =
      expansion === 1
        ? input
        : builder.conv2d(expansion * before, { ...layer, name: "expand", input });
    const output = builder.conv2d(channels, {
      ...{ ...layer, name: "project", activation: "none" },
      input: builder.depthwiseConv2d({
        ...{ ...layer, name: "depthwise" },
        ...{ input: expanded, kernel: 3, stride },
      }),
    });
    return stride === 1 && before === channels ? builder.add("add", input, output) : output;
  },
};
