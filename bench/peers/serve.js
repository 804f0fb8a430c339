/**
 * The HTTP server under load, in four parts: beside a small one of sharp and onnxruntime-node with equal
 * weights and pictures, in turns; under ten times what it can take; several pictures in one request; and
 * what a worker holds. Needs a build; see README.md in this folder.
 *
 * `node bench/peers/serve.js [--parts load,overload,batching,memory] [--seconds 10] [--rounds 3]
 *   [--concurrency 1,2,4,8,16,32,64] [--overload-seconds 60] [--model FILE] [--size 1mp]`
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values: flags } = parseArgs({
  options: {
    parts: { type: "string", default: "load,overload,batching,memory" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    concurrency: { type: "string", default: "1,2,4,8,16,32,64" },
    "overload-seconds": { type: "string", default: "60" },
    // Seeded weights unless a float model is named.
    model: { type: "string" },
    size: { type: "string", default: "1mp" },
    dist: { type: "string", default: join(root, "dist") },
    out: { type: "string" },
  },
});

if (!existsSync(join(here, "node_modules/autocannon"))) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: "skip" };
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, env, stdio: "inherit" });
}

// Imported late: these need the folder's own packages.
const { describeMachine } = await import("./lib/machine.js");
const { prepareServing } = await import("./serve/setup.js");
const parts = {
  load: (await import("./serve/load.js")).measureLoad,
  overload: (await import("./serve/overload.js")).measureOverload,
  batching: (await import("./serve/batching.js")).measureBatching,
  memory: (await import("./serve/memory.js")).measureMemory,
};

const chosen = flags.parts.split(",");
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`no part ${unknown}; there are ${Object.keys(parts)}`);
const machine = describeMachine();
const plan = {
  seconds: Number(flags.seconds),
  rounds: Number(flags.rounds),
  concurrency: flags.concurrency.split(",").map(Number),
  overloadSeconds: Number(flags["overload-seconds"]),
  size: flags.size,
};
const setup = await prepareServing({ ...plan, model: flags.model, dist: resolve(flags.dist) });
const { network, pictures } = setup;
console.log(`${machine.cpu}, ${machine.cores} cores; ${network}; ${pictures.length} pictures`);
const results = { machine, plan, network, pictures: pictures.length };
for (const name of chosen) {
  const { text, ...values } = await parts[name]({ ...setup, ...plan });
  results[name] = values;
  console.log(`\n${text}`);
}

const day = machine.date.slice(0, 10);
const out = resolve(flags.out ?? join(root, "bench", "results", `serve-${day}.json`));
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(results, null, 1)}\n`);
console.log(`\nwritten: ${out}`);
