/** The machine as results name it: what its speed depends on, and nothing that says whose it is. */
import { arch, cpus, platform } from "node:os";
import type { Machine } from "./experiment.ts";
import { plainWords } from "./result-file.ts";

/** This machine. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    processor: plainWords(all[0]?.model ?? ""),
    cores: Math.max(1, all.length),
    node: process.version,
    system: `${platform()} ${arch()}`,
  };
}
