/** Where a job of a test writes: a folder, a small disk that can be full, or a bucket. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shardCount } from "./archive.ts";
import { type BucketServer, credentials, startBuckets } from "./s3-server.ts";

/** Where results go. */
export interface Ground {
  /** What the command is told. */
  readonly out: string;
  /** What processes need to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The disk that a small one is; its files may fill it. */
  readonly disk?: string;
  /** The server of the bucket. */
  readonly server?: BucketServer;
  /** How many shards there are by now. */
  shards(): number;
  /** The folder in which the results lie, or a copy of them. */
  results(): string;
  close(): Promise<void>;
}

/** The kinds of places. */
export type GroundKind = "folder" | "smallDisk" | "bucket";

function folder(place: string): Ground {
  const out = join(place, "out");
  return {
    ...{ out, environment: {} },
    shards: () => shardCount(out),
    results: () => out,
    close: () => Promise.resolve(),
  };
}

/** Enough for a job of the test. */
const diskSize = "8m";

function mountDisk(place: string): string | undefined {
  mkdirSync(place, { recursive: true });
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${diskSize}`, "none", place], {
    encoding: "utf8",
  });
  return made.status === 0 ? undefined : (made.error?.message ?? made.stderr.trim());
}

const unmountDisk = (place: string): void => void spawnSync("umount", ["--lazy", place]);

/** Why no small disk can be had here, or nothing. */
export function missingDisk(place: string): string | undefined {
  const missing = mountDisk(place);
  if (missing === undefined) unmountDisk(place);
  rmSync(place, { recursive: true });
  return missing === undefined ? undefined : "no disk may be mounted here";
}

function smallDisk(place: string): Ground {
  const disk = join(place, "disk");
  const missing = mountDisk(disk);
  if (missing !== undefined) throw new Error(missing);
  return {
    ...folder(disk),
    disk,
    close: () => Promise.resolve(unmountDisk(disk)),
  };
}

async function bucket(place: string): Promise<Ground> {
  const server = await startBuckets();
  const out = join(place, "copy");
  const names = (): readonly string[] =>
    [...server.objects.keys()].filter((name) => name.startsWith("tests/out/"));
  return {
    ...{ out: "s3://tests/out", server },
    environment: { ...credentials, AWS_ENDPOINT_URL: server.address },
    shards: () => names().filter((name) => /\/results\/.*\.ndjson$/.test(name)).length,
    results() {
      for (const name of names()) {
        const path = join(out, name.slice("tests/out/".length));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, server.objects.get(name)!);
      }
      return out;
    },
    close: () => server.stop(),
  };
}

/** How each is made in a folder of the test. */
export const grounds: Readonly<Record<GroundKind, (place: string) => Ground | Promise<Ground>>> = {
  folder,
  smallDisk,
  bucket,
};
