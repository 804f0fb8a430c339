/**
 * Blocks of figure 4 that no network of this package has, as the paper describes them: NasNet's and
 * ShuffleNet's. They are drawings, without shapes and costs.
 */
import type { FlowBox } from "./draw-flow.ts";
import type { BlockStep } from "./steps.ts";
import { costWords, shapeWords } from "./words.ts";

const input: FlowBox = { name: "input", inputs: [], lines: ["input"], kind: "end" };

function step(name: string, from: string, ...lines: readonly string[]): FlowBox {
  return { name, inputs: [from], lines, kind: "step" };
}

function branch(place: number, ...boxes: readonly FlowBox[]): readonly FlowBox[] {
  return boxes.map((box) => ({ ...box, branch: place }));
}

function join(inputs: readonly string[], word: string): FlowBox {
  return { name: "join", inputs, lines: [word], kind: "join" };
}

/** Separable convolutions beside a pool, joined by concatenation (figure 4a). */
export const nasnet: readonly FlowBox[] = [
  input,
  ...branch(0, step("five", "input", "5×5 separable")),
  ...branch(1, step("three", "input", "3×3 separable")),
  ...branch(2, step("pool", "input", "3×3 pool")),
  join(["five", "three", "pool"], "concatenate"),
];

/** Grouped 1×1, shuffle, depthwise, grouped 1×1, and a sum (figure 4c). */
export const shufflenet: readonly FlowBox[] = [
  input,
  step("reduce", "input", "grouped 1×1 conv", "ReLU"),
  step("shuffle", "reduce", "shuffle channels"),
  step("filter", "shuffle", "3×3 depthwise", "linear"),
  step("expand", "filter", "grouped 1×1 conv", "linear"),
  join(["expand", "input"], "add"),
];

/** The same at stride 2: what passes by is pooled, and both are concatenated. */
export const shufflenetStride2: readonly FlowBox[] = [
  input,
  ...branch(
    0,
    step("reduce", "input", "grouped 1×1", "conv, ReLU"),
    step("shuffle", "reduce", "shuffle"),
    step("filter", "shuffle", "3×3 depth-", "wise, s 2"),
    step("expand", "filter", "grouped 1×1", "conv, linear"),
  ),
  ...branch(1, step("pool", "input", "3×3 average", "pool, s 2")),
  join(["expand", "pool"], "concatenate"),
];

/** A block of ours in the same form, with shapes and costs. */
export function flowOf(steps: readonly BlockStep[]): readonly FlowBox[] {
  return steps.map((one): FlowBox => {
    const { name, inputs, kind, words, bend } = one;
    const shape = shapeWords(one);
    if (kind === "input") return { name, inputs, lines: [`input ${shape}`], kind: "end" };
    if (kind === "add") return { name, inputs, lines: [`add, ${shape}`], kind: "join" };
    const lines = [`${words}, ${bend}`, `gives ${shape}`, ...costWords(one)];
    return { name, inputs, lines, kind: "step" };
  });
}
