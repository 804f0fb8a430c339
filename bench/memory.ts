/**
 * Whether loading and disposing leaks: the process's resident memory before, during and after many
 * rounds of load, one run, dispose. `node bench/run.js memory --rounds 100`
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";
import { tfjsFiles } from "../src/cli/tfjs-files.ts";
import { withRandomWeights } from "../src/graph/random-weights.ts";
import { loadClassifier } from "../src/index.ts";
import { mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { argument } from "./arguments.ts";

const rounds = Number(argument("rounds", "100"));
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

interface Sample {
  /** The process as the system sees it; what was freed may stay with its allocator. */
  readonly resident: number;
  /** What JavaScript still holds: objects and their array buffers. */
  readonly held: number;
}

/** Bytes, once what nobody refers to is gone; finalizers need turns of the event loop. */
async function sample(): Promise<Sample> {
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { resident: rss, held: heapUsed + arrayBuffers };
}

const files = tfjsFiles(withRandomWeights(mobilenetV2()));
const grey = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) };
const samples = new Map<number, Sample>();
for (let round = 0; round <= rounds; round++) {
  if ([0, 1, 10, rounds >> 1, rounds].includes(round)) samples.set(round, await sample());
  if (round === rounds) break;
  const classifier = await loadClassifier(files);
  await classifier.classify(grey);
  classifier.dispose();
}
const headings = ["loads and disposals", "resident", "held"];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    [...samples].map(([round, { resident, held }]) => [
      `${round}`,
      formatBytes(resident),
      formatBytes(held),
    ]),
  ),
);
