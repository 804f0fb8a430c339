/** The kinds of faults that a job has to outlive: each is a row, and happens again and again. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Random } from "../../src/random.ts";
import { type Ground, type GroundKind, missingDisk } from "./ground.ts";
import type { TcpProxy } from "./proxy.ts";
import type { Service } from "./services.ts";
import { Victim } from "./victim.ts";

/** A job under way, and what can be done to it. */
export interface Scene {
  readonly service: Service;
  /** Between the queue and all who use it. */
  readonly proxy: TcpProxy;
  readonly ground: Ground;
  readonly workers: readonly Victim[];
  readonly coordinator: Victim;
  /** How the coordinator is started. */
  readonly command: readonly string[];
  /** A folder for what a fault needs. */
  readonly place: string;
}

/** A kind of faults. */
export interface FaultKind {
  readonly name: string;
  /** Where the job writes. */
  readonly ground: GroundKind;
  /** What it lacks on this machine, or nothing; to find out may take doing. */
  missing?(): string | undefined;
  /** What the coordinator may end with, as the manual says; then it is started again. */
  readonly mayEnd?: RegExp;
  /** What workers are started with. */
  workerEnvironment?(place: string): Readonly<Record<string, string>>;
  /** Lets it happen once, until it is over. */
  happen(scene: Scene, random: Random): Promise<void>;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((wake) => setTimeout(wake, milliseconds));

const oneOf = <T>(things: readonly T[], random: Random): T =>
  things[random.integer(things.length)]!;

const silentBucket = /the bucket does not give what was asked for/;

const fakeTime = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
].find((path) => existsSync(path));

const clockFile = (place: string): string => join(place, "clock");

function setClock(place: string, seconds: number): void {
  const path = clockFile(place);
  writeFileSync(`${path}.new`, `${seconds < 0 ? "" : "+"}${Math.round(seconds)}`);
  renameSync(`${path}.new`, path);
}

/** Forward or back, by minutes or hours. */
function jump(place: string, random: Random): void {
  setClock(place, 60 * random.between(1, 300) * oneOf([-1, 1], random));
}

const fakedClock: Pick<FaultKind, "missing" | "workerEnvironment"> = {
  missing: () => (fakeTime === undefined ? "libfaketime is not installed" : undefined),
  workerEnvironment(place) {
    setClock(place, 0);
    return {
      LD_PRELOAD: fakeTime!,
      FAKETIME_TIMESTAMP_FILE: clockFile(place),
      FAKETIME_CACHE_DURATION: "1",
      // As where a clock is set: what counts seconds since the start goes on.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  },
};

function fill(disk: string): string {
  const path = join(disk, "filler");
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  return path;
}

/** All kinds. */
export const faultKinds: readonly FaultKind[] = [
  {
    ...{ name: "a worker is killed", ground: "folder" },
    async happen({ workers }, random) {
      await oneOf(workers, random).stop("SIGKILL");
    },
  },
  {
    ...{ name: "the coordinator is killed", ground: "folder" },
    async happen({ coordinator }) {
      await coordinator.stop("SIGKILL");
    },
  },
  {
    ...{ name: "the queue's server is killed", ground: "folder" },
    happen: ({ service }, random) => service.restart(random.between(0, 2000)),
  },
  {
    ...{ name: "the network is cut", ground: "folder" },
    happen: ({ proxy }, random) => proxy.cut(random.between(100, 2000)),
  },
  {
    ...{ name: "the disk is full", ground: "smallDisk", mayEnd: /no space left|ENOSPC/i },
    missing: () => missingDisk(mkdtempSync(join(tmpdir(), "disk-"))),
    async happen({ ground }, random) {
      const filler = fill(ground.disk!);
      // Now and then for longer than a unit is tried.
      await pause(random.uniform() < 0.1 ? 20_000 : random.between(200, 5000));
      rmSync(filler);
    },
  },
  {
    ...{ name: "the bucket is slow or refuses", ground: "bucket" },
    mayEnd: silentBucket,
    async happen({ ground: { server } }, random) {
      for (let i = 8 * random.uniform(); i > 0; i--) server!.delays.push(random.between(100, 3000));
      for (let i = 12 * random.uniform(); i > 0; i--) server!.faults.push(503);
      while (server!.delays.length + server!.faults.length > 0) await pause(100);
    },
  },
  {
    ...{ name: "there is a second coordinator", ground: "folder" },
    async happen({ command, ground }, random) {
      const second = new Victim(command, ground.environment);
      const ended = second.start();
      await Promise.race([ended, pause(random.between(1500, 5000))]);
      await second.stop(oneOf(["SIGKILL", "SIGINT"], random));
      const { code, stderr } = await ended;
      // Done, killed or interrupted.
      if (![0, null, 130].includes(code)) throw new Error(stderr);
    },
  },
  {
    ...{ name: "the workers' clock jumps", ground: "folder", ...fakedClock },
    async happen({ place }, random) {
      jump(place, random);
      await pause(random.between(1200, 3000));
    },
  },
  {
    ...{ name: "the workers' clock jumps and units fail", ground: "bucket", ...fakedClock },
    mayEnd: silentBucket,
    async happen({ place, ground: { server } }, random) {
      jump(place, random);
      await pause(1200);
      for (let i = 0; i < 20; i++) server!.faults.push(503);
      while (server!.faults.length > 0) await pause(100);
    },
  },
];
