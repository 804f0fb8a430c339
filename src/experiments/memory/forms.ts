/** The forms that are compared: networks with random weights, compiled for the WebAssembly backend. */
import {
  compile,
  countCost,
  type Graph,
  mobilenetV1,
  mobilenetV2,
  type Program,
  type Target,
  wasmBackend,
  withRandomInt8Weights,
  withRandomWeights,
} from "../../index.ts";
import { required } from "../../required.ts";
import { graphOf, splitBlocks } from "./split-blocks.ts";
import type { Form, MemorySettings, Table3 } from "./values.ts";

/** A form ready to be prepared. */
export interface CompiledForm extends Form {
  readonly program: Program;
}

/** The backend's target with every layer an operation of its own. */
const unfused: Target = { ...wasmBackend.target, fuseBlocks: false, fuseStem: false };

/** All forms; the first is the unfused MobileNetV2 in float32, which the others are compared with. */
export function compileForms({ resolution, ways }: MemorySettings): readonly CompiledForm[] {
  const [v1, v2] = [mobilenetV1({ resolution }), mobilenetV2({ resolution })];
  const whole = compile(withRandomWeights(v2), unfused);
  const float = { network: "v2", precision: "float32" } as const;
  const pair = (of: Pick<Form, "network" | "precision">, graph: Graph): readonly CompiledForm[] => [
    { ...of, form: "unfused", ways: 1, program: compile(graph, unfused) },
    { ...of, form: "rows", ways: 1, program: compile(graph, wasmBackend.target) },
  ];
  return [
    { ...float, form: "unfused", ways: 1, program: whole },
    ...ways
      .filter((count) => count > 1)
      .map((count): CompiledForm => {
        const program = compile(splitBlocks(graphOf(whole), count), unfused);
        return { ...float, form: "split", ways: count, program };
      }),
    {
      ...float,
      form: "rows",
      ways: 1,
      program: compile(withRandomWeights(v2), wasmBackend.target),
    },
    ...pair({ network: "v1", precision: "float32" }, withRandomWeights(v1)),
    ...pair({ network: "v2", precision: "int8" }, withRandomInt8Weights(v2)),
  ];
}

/** The multiply-adds that a program's operations take. */
export function multiplyAddsOf(program: Program): number {
  return countCost(graphOf(program)).multiplyAdds;
}

/** The bytes of a program's largest feature map, as it lies in memory. */
export function largestBytes({ steps, inputs }: Program): number {
  const slots = [...inputs, ...steps.map(({ output }) => output)];
  const bytes = slots.map(({ shape: [images, rows, columns], pitch, dtype }) => {
    return images * rows * columns * pitch * (dtype === "float32" ? 4 : 1);
  });
  return Math.max(...bytes);
}

/** The most channels that a network's chosen operations have at each resolution. */
function widest(
  { steps }: Program,
  chosen: (op: Program["steps"][number]["node"]["op"]) => boolean,
): ReadonlyMap<number, number> {
  const most = new Map<number, number>();
  for (const { node, output } of steps) {
    const [, size, , channels] = output.shape;
    if (chosen(node.op)) most.set(size, Math.max(most.get(size) ?? 0, channels));
  }
  return most;
}

/**
 * Table 3's channels at each size: of V1 the widest output of any layer, of V2 that of any block, since a
 * block needs no expanded tensor, and at 1² the pooled features. `expanded` is V2's widest output of any
 * layer.
 */
export function channelsBySize(sizes: readonly number[]): Table3["rows"] {
  const layers = (graph: Graph) => widest(compile(graph, unfused), (op) => op !== "softmax");
  const [v1, expanded] = [layers(mobilenetV1()), layers(mobilenetV2())];
  const v2 = widest(
    compile(mobilenetV2(), wasmBackend.target),
    (op) => op === "invertedResidual" || op === "globalAveragePool",
  );
  return sizes.map((size) => ({
    size,
    v1: required(v1, size),
    v2: required(v2, size),
    expanded: required(expanded, size),
  }));
}
