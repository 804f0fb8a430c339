/** A folder of small pictures, some of which are damaged, and what a job left in its OUT. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng } from "../../src/image/png-node.ts";

/** Writes so many pictures, in folders of twenty; each tenth is no picture. Gives how many are damaged. */
export async function writeArchive(folder: string, count: number): Promise<number> {
  let damaged = 0;
  for (let i = 0; i < count; i++) {
    const inner = join(folder, `${Math.floor(i / 20)}`.padStart(3, "0"));
    mkdirSync(inner, { recursive: true });
    const path = join(inner, `${i}.png`.padStart(9, "0"));
    if (i % 10 === 7) {
      writeFileSync(path, "no picture");
      damaged++;
      continue;
    }
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, p) => (p * (i + 3) + i * i) % 256);
    writeFileSync(path, await encodePng({ width: 32, height: 32, data }));
  }
  return damaged;
}

/** The files of a job's results and their hashes; what was left half written by a kill is none. */
export function shardHashes(out: string): Readonly<Record<string, string>> {
  const names = readdirSync(join(out, "results"), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /\/\d+\.\w+$/.test(name)).sort();
  return Object.fromEntries(
    files.map((name) => {
      const bytes = readFileSync(join(out, "results", name));
      return [name, createHash("sha256").update(bytes).digest("hex")];
    }),
  );
}

/** How many shards there are by now. */
export function shardCount(out: string): number {
  try {
    return Object.keys(shardHashes(out)).filter((name) => name.endsWith(".ndjson")).length;
  } catch {
    return 0;
  }
}

/** Waits until there are so many shards. */
export async function untilShards(out: string, shards: number): Promise<void> {
  while (shardCount(out) < shards) await new Promise((wake) => setTimeout(wake, 100));
}

/** A line of a shard. */
export interface Line {
  readonly image: string;
  readonly error?: string;
}

/** All lines of a job's results in order. */
export function linesOfJob(out: string): readonly Line[] {
  return Object.keys(shardHashes(out))
    .filter((name) => name.endsWith(".ndjson"))
    .flatMap((name) =>
      readFileSync(join(out, "results", name), "utf8")
        .trim()
        .split("\n"),
    )
    .map((line) => JSON.parse(line) as Line);
}
