import fc from "fast-check";
import { expect, it } from "vitest";
import { compile, optimize } from "../../../compile/compile.ts";
import type { MemoryRules } from "../../../compile/program.ts";
import type { Graph, Node, Quantization } from "../../../graph/ir.ts";
import { withRandomWeights } from "../../../graph/random-weights.ts";
import { mobilenetV2 } from "../../../models/mobilenet-v2.ts";
import { requantizeTable } from "../../reference/quantized-map.ts";
import { floatTarget } from "../prepare.ts";
import { bytes } from "./bytes.ts";
import { int8Rules, keepsBits } from "./rules.ts";
import { storages } from "./storage.ts";
import { tableOf } from "./tables.ts";
import { words } from "./words.ts";

/** MobileNetV2 1.0 at 224² with 8-bit maps and separate additions, as a quantised file has them. */
function quantizedGraph(): Graph {
  const graph = optimize(withRandomWeights(mobilenetV2({})), { ...floatTarget, fuseBlocks: false });
  const quantization: Quantization = { dtype: "uint8", scale: 1, zeroPoint: 0 };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [input, shortcut] = node.inputs;
    if (node.op !== "conv2d" || input === undefined || shortcut === undefined) {
      return [{ ...node, quantization } as Node];
    }
    const alone = { ...node, name: `${node.name}/sum`, inputs: [input], quantization } as Node;
    const inputs = [alone.name, shortcut] as const;
    return [alone, { op: "add", name: node.name, inputs, quantization }];
  });
  return { ...graph, nodes };
}

const typed = (
  dtype: "uint8" | "int8",
  [min, max]: readonly [number, number],
): fc.Arbitrary<Quantization> =>
  fc.record({
    dtype: fc.constant(dtype),
    scale: fc.double({ min: 0.0999, max: 0.1003, noNaN: true }).map(Math.fround),
    zeroPoint: fc.integer({ min, max }),
  });

it("a conversion that keeps what is stored is found without its table", () => {
  // Few zero points, so that many pairs have the same distance from their types' least values.
  const quantization = fc.oneof(typed("uint8", [120, 122]), typed("int8", [-8, -6]));
  const seen = new Set<boolean>();
  const property = fc.property(quantization, quantization, (from, to) => {
    const layout = { name: "x", dtype: from.dtype, shape: [1, 1, 1, 1], pitch: 1 } as const;
    const found = keepsBits({
      node: { op: "quantize", name: "y", inputs: ["x"], quantization: to },
      inputs: [{ ...layout, quantization: from }],
      output: { ...layout, name: "y", quantization: to },
      parameters: new Map(),
    });
    for (const variant of [words, bytes]) {
      const table = tableOf(from, to, requantizeTable(from, to), variant);
      expect(table === undefined).toBe(found);
    }
    seen.add(found);
  });
  fc.assert(property, { seed: 1801_04381, numRuns: 300 });
  expect(seen.size).toBe(2);
});

it.each([
  { storage: storages.bytes, threads: 1, limit: 240 },
  { storage: storages.bytes, threads: 2, limit: 260 },
  { storage: storages.turbo, threads: 2, limit: 260 },
  { storage: storages.words, threads: 1, limit: 480 },
])(
  "a classifier's arena takes at most $limit KB: $storage.storage, threads: $threads",
  ({ storage, threads, limit }) => {
    const quantized = (): MemoryRules => int8Rules(storage, threads);
    const program = compile(quantizedGraph(), { ...floatTarget, quantized });
    const blocks = program.steps.filter(({ node }) => node.op === "invertedResidual");
    expect(blocks.length).toBe(17);
    expect(program).toMatchObject({ target: `wasm int8 ${storage.storage}`, threads });
    expect(program.arenaBytes).toBeLessThanOrEqual(limit * 1024);
  },
);
