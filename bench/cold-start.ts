/**
 * Cold starts of the published models: a fresh process of the built package, from import to the first
 * result, weights on the disk. Needs `npm run build`. `node bench/run.js cold-start --runs 5`
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { ColdStart } from "../src/cli/benchmark-run.ts";
import { formatTable } from "../src/cli/table.ts";
import { readCached } from "../src/hub/cache-node.ts";
import { hubRecords } from "../src/hub/records.ts";
import { taskNames } from "../src/tasks/task-names.ts";
import { quantile } from "../src/timing.ts";
import { argument } from "./arguments.ts";

const script = "dist/cli/cold-start.js";
const runs = Number(argument("runs", "5"));
if (!existsSync(script)) console.log(`cold start: needs ${script}; run npm run build first`);
else {
  const rows: string[][] = [];
  for (const record of hubRecords) {
    if ((await readCached(record)) === undefined) {
      rows.push([record.name, "not in the cache"]);
      continue;
    }
    const verb = record.architecture.task;
    const what: ColdStart = { verb, loader: taskNames[verb].loader, source: record.name };
    const times = Array.from({ length: runs }, () =>
      Number(execFileSync(process.execPath, [script, JSON.stringify(what)], { encoding: "utf8" })),
    );
    const at = (fraction: number): string => `${quantile(times, fraction).toFixed(0)} ms`;
    rows.push([record.name, at(0.5), at(0), at(1)]);
  }
  console.log(
    formatTable(
      [
        { heading: "cold start" },
        { heading: "median", align: "right" },
        { heading: "least", align: "right" },
        { heading: "most", align: "right" },
      ],
      rows,
    ),
  );
}
