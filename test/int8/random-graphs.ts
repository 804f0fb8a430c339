/**
 * Random 8-bit graphs for tests, and the comparison of their bits with the reference; for Node and
 * for pages.
 */
import fc from "fast-check";
import type { SynchronousExecutable } from "../../src/backends/backend.ts";
import { typeRange } from "../../src/backends/reference/quantized-arithmetic.ts";
import { referenceBackend } from "../../src/backends/reference/reference.ts";
import { threadObstacle } from "../../src/backends/wasm/host.ts";
import { prepareInt8 } from "../../src/backends/wasm/int8/executable.ts";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile } from "../../src/compile/compile.ts";
import type {
  Activation,
  FeatureShape,
  Graph,
  InputNode,
  Node,
  Padding,
  Parameter,
  Quantization,
} from "../../src/graph/ir.ts";
import { variants } from "./variants.ts";

/** Whole numbers from 0 to `below` − 1, the same everywhere. */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function fill(executable: SynchronousExecutable, graph: Graph, seed: number): void {
  const next = generator(seed);
  for (const [index, node] of graph.nodes.filter(({ op }) => op === "input").entries()) {
    const { data } = executable.inputTensor(index);
    const { quantization } = node;
    for (let i = 0; i < data.length; i++) {
      data[i] = quantization ? typeRange(quantization.dtype).least + next(256) : next(800) / 50 - 8;
    }
  }
}

/** What a comparison found: how the kernels ran, and where bits differ from the reference's. */
export interface BitComparison {
  readonly descriptions: readonly string[];
  readonly differences: readonly string[];
}

/**
 * Runs the graph on the reference and on every variant of the kernels, on one thread, on two
 * and on three, some rounds, and compares all outputs.
 *
 * @param relative - What real numbers may differ by, of their size; else nothing differs by a bit.
 */
export async function compareBits(
  graph: Graph,
  seed: number,
  { rounds = 2, relative = 0 }: { readonly rounds?: number; readonly relative?: number } = {},
): Promise<BitComparison> {
  const expected = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  // The whole batch at once, for the kernels go over images too.
  const program = compile(graph, { ...wasmBackend.target, imageByImage: false });
  const received: SynchronousExecutable[] = [];
  for (const variant of variants) {
    for (const threads of threadObstacle() === undefined ? [1, 2, 3] : [1]) {
      received.push(await prepareInt8(program, { threads }, variant));
    }
  }
  const differences: string[] = [];
  for (let round = seed; round < seed + rounds; round++) {
    for (const executable of [expected, ...received]) {
      fill(executable, graph, round);
      executable.run();
    }
    for (const [index, name] of graph.outputs.entries()) {
      const a = expected.outputTensor(index);
      for (const executable of received) {
        const b = executable.outputTensor(index);
        const alike =
          a.dtype === b.dtype && `${a.shape}` === `${b.shape}` && a.data.length === b.data.length;
        const at = a.data.findIndex((value: number, i: number) =>
          relative === 0
            ? !Object.is(value, b.data[i])
            : !(Math.abs(value - b.data[i]!) <= relative * Math.abs(value)),
        );
        if (alike && at < 0) continue;
        const values = `${b.dtype} ${b.data[at]}, not ${a.dtype} ${a.data[at]}`;
        differences.push(`${name} at ${at}, ${executable.description}: ${values}`);
      }
    }
  }
  for (const executable of [expected, ...received]) executable.dispose();
  return { descriptions: received.map(({ description }) => description), differences };
}

const scale = fc.double({ min: 0.01, max: 0.2, noNaN: true }).map(Math.fround);
export const quantization: fc.Arbitrary<Quantization> = fc.oneof(
  fc.record({ dtype: fc.constant("uint8" as const), scale, zeroPoint: fc.nat(255) }),
  fc.record({
    dtype: fc.constant("int8" as const),
    scale,
    zeroPoint: fc.integer({ min: -128, max: 127 }),
  }),
);
export const seed: fc.Arbitrary<number> = fc.nat(1e6);
export const activation: fc.Arbitrary<Activation> = fc.constantFrom<Activation>(
  "none",
  "relu",
  "relu6",
);
export const padding: fc.Arbitrary<Padding> = fc.oneof(
  fc.constantFrom<Padding>("same", "symmetric"),
  fc.record({
    top: fc.nat(2),
    left: fc.nat(2),
    bottom: fc.nat(2),
    right: fc.nat(2),
  }),
);

/** Feature maps of 1 or 2 images. */
export function shape(rows: number, channels: number): fc.Arbitrary<FeatureShape> {
  return fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: rows }),
    fc.integer({ min: 1, max: rows }),
    fc.integer({ min: 1, max: channels }),
  );
}

export function input(name: string, of: FeatureShape, as?: Quantization): InputNode {
  return {
    op: "input",
    name,
    inputs: [],
    shape: of,
    ...(as === undefined ? {} : { quantization: as }),
  };
}

export function graphOf(
  nodes: readonly Node[],
  parameters: readonly [string, Parameter][] = [],
): Graph {
  const last = nodes.at(-1)!;
  return { name: "single", nodes, outputs: [last.name], parameters: new Map(parameters) };
}
