/**
 * What a batch costs an image: milliseconds an image, one at a time and eight in a run, in turns.
 * `node bench/run.js batch --threads 1 --runs 20 --precision float32`
 */
import { wasmBackend } from "../src/backends/wasm/wasm.ts";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";
import { compile } from "../src/compile/compile.ts";
import { withRandomInt8Weights } from "../src/compile/random-int8-weights.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { withBatch } from "../src/graph/rewrite.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { distributionOf, measureInTurns, timeCall } from "../src/timing.ts";
import { argument } from "./arguments.ts";

const int8 = argument("precision", "float32") === "int8";
const graph = (int8 ? withRandomInt8Weights : withRandomWeights)(mobilenetV2());
const threads = Number(argument("threads", "1"));
const rounds = Number(argument("runs", "20"));
const sizes = [1, 8];
const participants = await Promise.all(
  sizes.map(async (batch) => {
    const program = compile(withBatch(graph, batch), wasmBackend.target);
    return { batch, executable: await wasmBackend.prepare(program, { threads }) };
  }),
);
const most = Math.max(...sizes);
const times = await measureInTurns(
  participants,
  { rounds, warmUps: 3 },
  ({ batch, executable }) => {
    // As many images in each turn, so that both meet the same disturbances.
    let milliseconds = 0;
    for (let image = 0; image < most; image += batch) {
      executable.input().fill(0.5);
      milliseconds += timeCall(() => executable.run());
    }
    return milliseconds / most;
  },
);
const rows = participants.map(({ batch, executable }, i) => {
  const { p10, median } = distributionOf(times[i]!);
  const cells = [p10, median].map((ms) => `${ms.toFixed(2)} ms`);
  return [`${batch}`, executable.description, ...cells, formatBytes(executable.arenaBytes)];
});
const headings = ["batch", "engine", "p10 an image", "median an image", "activations"];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
for (const { executable } of participants) executable.dispose();
