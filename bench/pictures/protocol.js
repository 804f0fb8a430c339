/**
 * What the programs of `bench/pictures.ts` share: each is a process that stays alive, goes over all
 * pictures when it is told to, and says how long that took and how much memory it ever held.
 */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

/** What the program was asked for: its only argument, as JSON. */
export const asked = JSON.parse(process.argv[2]);

/** The pictures' paths, in order. */
export async function picturePaths() {
  const names = (await readdir(asked.folder)).filter((name) => name.endsWith(".jpg")).sort();
  return names.slice(0, asked.count).map((name) => join(asked.folder, name));
}

/** Does the work once for each line of standard input; `work` gives an answer for each picture. */
export async function serve(work) {
  let own = false;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const answers = await work();
    const ms = performance.now() - start;
    // A program that has another do the work watches that one's memory instead.
    if (megabytes === 0 || own) {
      noteMegabytes();
      own = true;
    }
    process.stdout.write(`${JSON.stringify({ ms, answers, megabytes })}\n`);
  }
  process.exit();
}

/** The most memory that was seen, and by whom: `resourceUsage` counts what the parent held, too. */
let megabytes = 0;

/** Takes note of the most that a process has held so far. */
export function noteMegabytes(pid = process.pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)[1]) / 1024;
    megabytes = Math.max(megabytes, peak);
  } catch {
    // It has ended, or the system has no such file.
  }
}
