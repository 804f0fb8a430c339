/**
 * Measures this library beside its peers; see README.md in this folder. Writes a results file and,
 * where asked, the table in the project's README.
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
    case: { type: "string", default: "1.0_224" },
    engines: { type: "string" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "25" },
    runs: { type: "string", default: "5" },
    cold: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    dist: { type: "string", default: join(root, "dist") },
    backend: { type: "string", default: "wasmBackend" },
    models: { type: "string" },
    out: { type: "string" },
    readme: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (flags.help) {
  console.log(
    "node bench/peers/run.js [--case 1.0_224,0.35_96] [--engines ours,litert] [--threads 1,2]\n" +
      "  [--rounds 25] [--runs 5] [--cold 5] [--quick] [--dist folder] [--backend wasmBackend]\n" +
      "  [--models folder] [--out file.json] [--readme]",
  );
  process.exit();
}

if (!existsSync(join(here, "node_modules"))) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: "skip" };
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, env, stdio: "inherit" });
}

// Imported late: these need the folder's own packages.
const { participantsOf } = await import("./engines/registry.js");
const { prepareCase } = await import("./lib/cases.js");
const { compare, judge } = await import("./lib/compare.js");
const { describeMachine } = await import("./lib/machine.js");
const { measure } = await import("./lib/measure.js");
const { formatReadmeTable, formatRun, updateReadme } = await import("./lib/report.js");

const list = (text) => text?.split(",").map((part) => part.trim());
const plan = {
  rounds: flags.quick ? 4 : Number(flags.rounds),
  runs: Number(flags.runs),
  warmUps: 20,
  // Loading for the rounds is a cold start as well.
  coldStarts: flags.quick ? 0 : Number(flags.cold) - 1,
  dist: resolve(flags.dist),
  backend: flags.backend,
  log: (line) => process.stderr.write(`${line}\n`),
};
const machine = describeMachine();
const results = { machine, plan: { ...plan, dist: undefined, log: undefined }, cases: [] };

// Cases joined by + are measured in one interleaved run, those joined by commas one after another.
for (const group of list(flags.case)) {
  const participants = [];
  for (const name of group.split("+")) {
    const description = await prepareCase(name, {
      cache: join(here, ".cache"),
      // Every build is measured on the same files.
      dist: join(root, "dist"),
      models: flags.models,
    });
    const options = { description, threads: list(flags.threads).map(Number) };
    for (const participant of participantsOf({ ...options, wanted: list(flags.engines) })) {
      participants.push({ ...participant, id: `${name} ${participant.id}`, description });
    }
  }
  const measured = await measure(participants, plan);
  const ratios = compare(measured);
  const run = { group, participants: measured, ratios, goals: judge(measured, ratios) };
  results.cases.push(run);
  console.log(`\n${group}\n${formatRun(run)}`);
}

const day = machine.date.slice(0, 10);
const out = resolve(flags.out ?? join(root, "bench", "results", `peers-${day}.json`));
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(results, null, 1)}\n`);
console.log(`\nwritten: ${out}`);
if (flags.readme) {
  const main = results.cases.find(({ group }) => group.split("+").includes("1.0_224"));
  if (main === undefined) throw new Error("the README's table needs the case 1.0_224");
  const only = main.participants.filter((p) => p.case === "1.0_224");
  const table = formatReadmeTable({ ...main, participants: only }, machine);
  await updateReadme(join(root, "README.md"), table);
}
