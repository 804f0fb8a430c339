/**
 * A step's convolutions, each with the maps on its two sides, and the memory that they need. In a block
 * the maps between them are never whole; their values are rounded to 8 bits all the same.
 */
import type { FeatureLayout, Work } from "../../../compile/program.ts";
import type { Convolution, Node } from "../../../graph/ir.ts";
import { isPointwise, windowOutput } from "../../../graph/shapes.ts";
import { alignChannels, type BlockRows, choosePatchPixels, chooseRows } from "./sizes.ts";
import type { Storage } from "./storage.ts";

/** One convolution. */
export interface Part {
  readonly convolution: Convolution & Pick<Node, "name">;
  readonly input: FeatureLayout;
  readonly output: FeatureLayout;
}

/** expand (where there is one; the stem for the first block) → depthwise → project. */
export interface Block {
  readonly expand: Part | undefined;
  readonly depthwise: Part;
  readonly project: Part;
}

/** The step's convolution, where it is one. */
export function convolutionPart({ node, inputs, output }: Work): Part | undefined {
  if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") return undefined;
  return { convolution: node, input: inputs[0], output };
}

/** The step's convolutions, where it is a block. */
export function blockOf({ node, inputs, output, parameters }: Work): Block | undefined {
  if (node.op !== "invertedResidual") return undefined;
  const part = (convolution: Convolution, input: FeatureLayout): Part => {
    const [images, rows, columns] = input.shape;
    const channels = parameters.get(convolution.weights)?.shape.at(-1) ?? 0;
    const { quantization } = convolution;
    return {
      convolution: { ...convolution, name: node.name },
      input,
      output: {
        name: node.name,
        dtype: quantization?.dtype ?? "float32",
        ...(quantization === undefined ? {} : { quantization }),
        shape: [images, ...windowOutput(convolution, rows, columns), channels],
        pitch: alignChannels(channels),
      },
    };
  };
  const input = inputs[0];
  const expand = node.expand && part(node.expand, input);
  const depthwise = part(node.depthwise, expand?.output ?? input);
  return { expand, depthwise, project: { ...part(node.project, depthwise.output), output } };
}

/** A block's rows, and the bytes that they take. */
export interface BlockMemory extends BlockRows {
  readonly ringBytes: number;
  readonly filteredBytes: number;
}

/** Settles a block's rows and its memory. */
export function blockMemory(
  { expand, depthwise: { convolution, input, output } }: Block,
  threads: number,
  storage: Storage,
): BlockMemory {
  const slices = expand !== undefined && isPointwise(expand.convolution);
  const rows = chooseRows(convolution, input.shape, output.shape, { threads, slices, ...storage });
  const channelBytes = alignChannels(output.shape[3]) * storage.valueBytes;
  return {
    ...rows,
    ringBytes: expand === undefined ? 0 : rows.ringRows * input.shape[2] * channelBytes,
    filteredBytes: rows.unitRows * output.shape[2] * channelBytes,
  };
}

/** Bytes of one copied window. */
export function patchBytes({ convolution, input }: Part, { valueBytes }: Storage): number {
  const [rows, columns] = convolution.kernel;
  return alignChannels(input.shape[3] * rows * columns) * valueBytes;
}

/** Memory for the windows that are copied at a time, and what the last copy takes too much. */
export function patchesBytes(part: Part | undefined, storage: Storage): number {
  if (part === undefined || isPointwise(part.convolution)) return 0;
  const bytes = patchBytes(part, storage);
  return choosePatchPixels(bytes, part.output.shape[2], storage.tilePixels) * bytes + 16;
}
