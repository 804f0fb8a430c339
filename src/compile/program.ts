/**
 * A compiled program: a flat list of steps over one arena. Every step is a node of the fused graph
 * with the places of its inputs, output and scratch memory; offsets come from lifetimes, so nothing
 * is allocated while a program runs and its memory is known before the first run.
 */
import type { FeatureShape, InputNode, Node, Parameter, Quantization } from "../graph/ir.ts";
import { elementCount } from "../tensor.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/** A feature map as a target lays it out, NHWC, before it has a place. */
export interface FeatureLayout {
  readonly name: string;
  readonly dtype: "float32" | Quantization["dtype"];
  /** How 8-bit values stand for real ones; absent where float32. */
  readonly quantization?: Quantization;
  readonly shape: FeatureShape;
  /**
   * Elements from one pixel to the next: the channels, rounded up to the target's alignment where
   * the values stay inside the network. The lanes past the channels hold zeros.
   */
  readonly pitch: number;
}

/** Where a feature map lies in the arena. */
export interface Slot extends FeatureLayout {
  /** In bytes from the start of the arena; a multiple of 16. */
  readonly offset: number;
}

/** What a step reads: a feature map at least. */
export type Operands<T> = readonly [T, ...T[]];

/** A function of every operand. */
export function mapOperands<A, B>(
  [first, ...others]: Operands<A>,
  of: (operand: A) => B,
): Operands<B> {
  return [of(first), ...others.map((other) => of(other))];
}

/** A node with the layouts of what it reads and writes. */
export interface Work {
  readonly node: Exclude<Node, InputNode>;
  readonly inputs: Operands<FeatureLayout>;
  readonly output: FeatureLayout;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** Scratch memory that the threads of a step share while it runs. */
export interface Workspace {
  readonly offset: number;
  readonly bytes: number;
}

/** Scratch memory that each thread of a step has for itself; one thread's follows another's. */
export interface Scratch {
  /** Of the first thread's. */
  readonly offset: number;
  readonly threadBytes: number;
}

/** One call of a kernel. */
export interface Step {
  readonly node: Exclude<Node, InputNode>;
  readonly inputs: Operands<Slot>;
  readonly output: Slot;
  readonly workspace: Workspace;
  readonly scratch: Scratch;
}

export interface Program {
  readonly name: string;
  /** The name of the target that its memory is planned for, and how many threads share a step. */
  readonly target: string;
  readonly threads: number;
  /**
   * How many images a run takes one after another, each in the same arena: slots have the shapes of
   * one. 1 where a target takes a whole batch at once; then the shapes are the batch's.
   */
  readonly images: number;
  readonly steps: readonly Step[];
  /** Dense (pitch = channels); filled before a run, which may overwrite it. */
  readonly inputs: readonly Slot[];
  /** Dense (pitch = channels); read after a run. */
  readonly outputs: readonly Slot[];
  /** Feature maps and scratch memory of one of the images. */
  readonly arenaBytes: number;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** How a target's kernels use memory. */
export interface MemoryRules {
  readonly name: string;
  /** Threads that share a step; 1 where absent. */
  readonly threads?: number;
  /** Bytes that a stored 8-bit value takes; 1 where absent. */
  readonly valueBytes?: number;
  /** Bytes behind a feature map's last pixel that kernels may touch; 0 where absent. */
  readonly slackBytes?: number;
  /** Whether scratch memory has a place for each step; else one for all steps, behind the maps. */
  readonly movesScratch?: boolean;
  /** Scratch memory that the threads of a step share. */
  workspaceBytes(work: Work): number;
  /** Scratch memory of each thread; none where absent. */
  scratchBytes?(work: Work): number;
  /**
   * Where a node reads its input from front to back, so that its output may overwrite what has been
   * read: how many bytes the output must start before the input, at least. Undefined where the two
   * must not overlap.
   */
  overlapLead?(work: Work): number | undefined;
  /**
   * Whether the output may lie exactly where an operand of the same pitch does: one that nobody reads
   * any more, where the node `changes` values, or any, where it `keeps` every bit.
   */
  inPlace?(work: Work): "changes" | "keeps" | undefined;
}

/** What a backend tells the compiler about itself. */
export interface Target extends MemoryRules {
  /** Inner feature maps have pitches that are multiples of this. */
  readonly channelAlignment: number;
  /** Whether inverted residuals arrive as one step. */
  readonly fuseBlocks: boolean;
  /** Whether the first block may have the stem as its expansion; no where absent. */
  readonly fuseStem?: boolean;
  /** Whether a run takes the images of a batch one after another; no where absent. */
  readonly imageByImage?: boolean;
  /** The rules of programs with 8-bit feature maps, where they are others. */
  quantized?(): MemoryRules;
}

/**
 * Refuses what is no target.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkTarget(target: unknown, call: string): void {
  const { channelAlignment, workspaceBytes } = fieldsOf(target);
  if (typeof channelAlignment === "number" && typeof workspaceBytes === "function") return;
  throw wrongArgument(call, "a backend's target, such as wasmBackend.target", target);
}

/** Whether feature maps of a program are 8-bit. */
export function hasByteMaps({ inputs, steps }: Pick<Program, "inputs" | "steps">): boolean {
  return [...inputs, ...steps.map(({ output }) => output)].some(({ dtype }) => dtype !== "float32");
}

/** Bytes that a run's inputs and outputs take beside the arena: images that wait, and results. */
export function queueBytes({ images, inputs, outputs }: Program): number {
  if (images === 1) return 0;
  const bytes = [...inputs, ...outputs].map(
    ({ dtype, shape }) => elementCount(shape) * (dtype === "float32" ? 4 : 1),
  );
  return images * bytes.reduce((sum, each) => sum + each, 0);
}
