/**
 * A compiled program: a flat list of steps over one arena. Every step is a node of the fused graph
 * with the places of its inputs, output and scratch memory; offsets come from lifetimes, so nothing
 * is allocated while a program runs and its memory is known before the first run.
 */
import type { FeatureShape, InputNode, Node, Parameter, Quantization } from "../graph/ir.ts";
import { elementCount } from "../tensor.ts";

/** Where a feature map lies in the arena: NHWC, float32 or 8-bit. */
export interface Slot {
  readonly name: string;
  /** What its values are and how many bytes each takes: 4 or 1. */
  readonly dtype: "float32" | Quantization["dtype"];
  /** How 8-bit values stand for real ones; absent where float32. */
  readonly quantization?: Quantization;
  /** In bytes from the start of the arena; a multiple of 16. */
  readonly offset: number;
  readonly shape: FeatureShape;
  /**
   * Elements from one pixel to the next: the channels, rounded up to the target's alignment where
   * the values stay inside the network. The lanes past the channels hold zeros.
   */
  readonly pitch: number;
}

/** Scratch memory that a step may use while it runs. */
export interface Workspace {
  readonly offset: number;
  readonly bytes: number;
}

/** One call of a kernel. */
export interface Step {
  readonly node: Exclude<Node, InputNode>;
  readonly inputs: readonly Slot[];
  readonly output: Slot;
  readonly workspace: Workspace;
}

export interface Program {
  readonly name: string;
  /**
   * How many images a run takes one after another, each in the same arena: slots have the shapes of
   * one. 1 where a target takes a whole batch at once; then the shapes are the batch's.
   */
  readonly images: number;
  readonly steps: readonly Step[];
  /** Dense (pitch = channels); the caller writes here before a run, which may overwrite it. */
  readonly inputs: readonly Slot[];
  /** Dense (pitch = channels); the caller reads here after a run. */
  readonly outputs: readonly Slot[];
  /** Of one of the images. */
  readonly arenaBytes: number;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** A node with the shapes of what it reads and writes. */
export interface Work {
  readonly node: Exclude<Node, InputNode>;
  readonly inputs: readonly FeatureShape[];
  readonly output: FeatureShape;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** What a backend tells the compiler about itself. */
export interface Target {
  readonly name: string;
  /** Inner feature maps have pitches that are multiples of this. */
  readonly channelAlignment: number;
  /** Whether inverted residuals arrive as one step. */
  readonly fuseBlocks: boolean;
  /** Whether the first block may have the stem as its expansion; no where absent. */
  readonly fuseStem?: boolean;
  /** Whether a run takes the images of a batch one after another; no where absent. */
  readonly imageByImage?: boolean;
  /** Scratch memory that a node needs. */
  workspaceBytes(work: Work): number;
  /**
   * Where a node reads its input from front to back, so that its output may overwrite what has been
   * read: how many bytes the output must start before the input, at least. Undefined where the two
   * must not overlap.
   *
   * @param pitches - Elements from one pixel to the next.
   */
  overlapLead?(
    work: Work,
    pitches: { readonly input: number; readonly output: number },
  ): number | undefined;
}

/** Bytes that a run's inputs and outputs take beside the arena: images that wait, and results. */
export function queueBytes({ images, inputs, outputs }: Program): number {
  if (images === 1) return 0;
  const bytes = [...inputs, ...outputs].map(
    ({ dtype, shape }) => elementCount(shape) * (dtype === "float32" ? 4 : 1),
  );
  return images * bytes.reduce((sum, each) => sum + each, 0);
}
