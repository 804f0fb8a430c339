/**
 * The command line's first answer beside Node itself: processes take turns, from their start to their
 * end, all files in the system's cache. Prints medians and the ratio to `node -e 0`. Needs a build.
 * `node bench/run.js start --models cifar10,imagenet --runs 21 --before OTHER_DIST`
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { formatTable } from "../src/cli/table.ts";
import { quantile } from "../src/timing.ts";
import { argument } from "./arguments.ts";

const picture = argument("picture", "examples/images/rocket.jpg");
const runs = Number(argument("runs", "21"));
const builds = [["", resolve(argument("dist", "dist"))]];
const before = argument("before", "");
if (before !== "") builds.push([", before", resolve(before)]);
const commands = [{ name: "node -e 0", args: ["-e", "0"], times: [] as number[] }];
for (const model of argument("models", "cifar10").split(",")) {
  for (const [suffix, dist] of builds as [string, string][]) {
    const args = [join(dist, "cli", "main.js"), "classify", picture, "--model", model];
    commands.push({ name: `classify --model ${model}${suffix}`, args, times: [] });
  }
}
// The first round brings the files into the cache.
for (let run = 0; run <= runs; run++) {
  for (const { args, times } of commands) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    if (run > 0) times.push(performance.now() - start);
  }
}
const [node] = commands;
console.log(
  formatTable(
    ["command", "median", "least", "ratio"].map((heading, i) =>
      i === 0 ? { heading } : { heading, align: "right" },
    ),
    commands.map(({ name, times }) => [
      name,
      `${quantile(times, 0.5).toFixed(0)} ms`,
      `${quantile(times, 0).toFixed(0)} ms`,
      quantile(
        times.map((time, i) => time / node!.times[i]!),
        0.5,
      ).toFixed(2),
    ]),
  ),
);
