import { expect, it } from "vitest";
import { compile, optimize } from "../../../compile/compile.ts";
import type { Program } from "../../../compile/program.ts";
import type { Node, Quantization } from "../../../graph/ir.ts";
import { withRandomWeights } from "../../../graph/random-weights.ts";
import { mobilenetV2 } from "../../../models/mobilenet-v2.ts";
import { floatTarget } from "../prepare.ts";
import { bytes } from "./bytes.ts";
import { joinSteps } from "./jobs.ts";
import { planJobs } from "./plan.ts";
import { turboBytes } from "./turbo.ts";
import { words } from "./words.ts";

/** MobileNetV2 1.0 at 224² with 8-bit maps and separate additions, as a quantised file has them. */
function quantizedProgram(): Program {
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
  return compile({ ...graph, nodes }, floatTarget);
}

it.each([
  { variant: bytes, threads: 1, limit: 240 },
  { variant: bytes, threads: 2, limit: 260 },
  { variant: turboBytes, threads: 2, limit: 260 },
  { variant: words, threads: 1, limit: 480 },
])(
  "a classifier's arena takes at most $limit KB: $variant.engine, threads: $threads",
  ({ variant, threads, limit }) => {
    const program = quantizedProgram();
    const jobs = joinSteps(program);
    expect(jobs.filter(({ kind }) => kind === "block").length).toBe(17);
    expect(planJobs(program, jobs, { threads, variant }).bytes).toBeLessThanOrEqual(limit * 1024);
  },
);
