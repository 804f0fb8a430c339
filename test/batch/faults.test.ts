/**
 * A job by two workers and a coordinator to which the same kind of fault happens again and again, at random
 * moments: each picture has one line in the end, and the shards are those of one machine, byte for byte.
 *
 * In the long form each kind happens FAULTS times (20) on each engine.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { linesOfJob, shardHashes, writeArchive } from "./archive.ts";
import { type FaultKind, faultKinds, type Scene } from "./fault-kinds.ts";
import { grounds } from "./ground.ts";
import { startProxy } from "./proxy.ts";
import { type Engine, engines } from "./services.ts";
import { Victim } from "./victim.ts";

const long = process.env["LONG"] !== undefined;
const faults = long ? Number(process.env["FAULTS"] ?? 20) : 1;
const [pictures, unit] = long ? [600, 5] : [60, 5];
const job = ["--model", "cifar10", "--unit", `${unit}`, "--quiet"];
const { at } = dataFolder("file");

/** What happens in the short form. */
const isShort = (engine: Engine, { name }: FaultKind): boolean =>
  engine.name === "Redis" && name === "the network is cut";

beforeAll(async () => {
  await writeArchive(at("archive"), pictures);
  const args = ["batch", "classify", at("archive"), ...job, "--out", at("alone")];
  expect(await mobilenetv2(args)).toMatchObject({ code: 0, stderr: "" });
}, 600_000);

interface Tally {
  faults: number;
  /** How often the coordinator ended with a reason, and was started again. */
  resumed: number;
  pictures: number;
  lines: number;
  duplicates: number;
  losses: number;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((wake) => setTimeout(wake, milliseconds));

/** Has a process run again whenever it is killed, until the test ends it. */
async function keepUp(worker: Victim, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { code, stderr } = await worker.start();
    if (!isOver() && code !== null) throw new Error(`a worker ended with ${code}: ${stderr}`);
  }
}

async function seeThrough(coordinator: Victim, { mayEnd }: FaultKind, tally: Tally) {
  for (;;) {
    const { code, stderr } = await coordinator.start();
    if (code === 0) return;
    if (code === null) continue;
    if (mayEnd?.test(stderr) !== true) throw new Error(`it ended with ${code}: ${stderr}`);
    tally.resumed++;
    await pause(500);
  }
}

/** Lets faults happen while the job goes on: soon after the first shard since the last, or without one. */
async function trouble(
  scene: Scene,
  { kind, random, isOver }: { kind: FaultKind; random: Random; isOver: () => boolean },
  tally: Tally,
): Promise<void> {
  while (tally.faults < faults && !isOver()) {
    const shards = scene.ground.shards();
    for (let i = 0; i < 50 && scene.ground.shards() === shards && !isOver(); i++) await pause(100);
    await pause(random.uniform() * (long ? 1500 : 100));
    if (isOver()) return;
    await kind.happen(scene, random);
    tally.faults++;
  }
}

/** One job, from its beginning to its end. */
async function undergo(
  engine: Engine,
  kind: FaultKind,
  { place, random, tally }: { place: string; random: Random; tally: Tally },
): Promise<void> {
  mkdirSync(place, { recursive: true });
  const ground = await grounds[kind.ground](place);
  const service = await engine.start();
  const proxy = await startProxy(service.port);
  const url = service.url.replace(`:${service.port}`, `:${proxy.port}`);
  const command = [
    ...["batch", "classify", at("archive"), ...job, "--out", ground.out],
    ...["--queue", url, "--ahead", "4"],
  ];
  const work = ["worker", "--queue", url, "--concurrency", "1", "--lease", "3", "--quiet"];
  const environment = { ...ground.environment, ...kind.workerEnvironment?.(place) };
  const workers = [new Victim(work, environment), new Victim(work, environment)];
  const coordinator = new Victim(command, ground.environment);
  const scene: Scene = { service, proxy, ground, workers, coordinator, command, place };
  let over = false;
  const isOver = (): boolean => over;
  const kept = Promise.all(workers.map((worker) => keepUp(worker, isOver)));
  const end = Promise.all([
    seeThrough(coordinator, kind, tally).finally(() => {
      over = true;
    }),
    trouble(scene, { kind, random, isOver }, tally),
  ]);
  try {
    await Promise.race([end, kept]);
    await end;
    const alone = shardHashes(at("alone"));
    const out = ground.results();
    expect(shardHashes(out)).toEqual(alone);
    const images = linesOfJob(out).map(({ image }) => image);
    const there = new Set(images);
    tally.pictures += pictures;
    tally.lines += images.length;
    tally.duplicates += images.length - there.size;
    tally.losses += pictures - there.size;
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    expect(report).toMatchObject({ pictures, setAside: 0 });
  } finally {
    over = true;
    await coordinator.stop("SIGKILL");
    for (const worker of workers) await worker.stop("SIGINT");
    await kept.catch(() => undefined);
    await proxy.stop();
    await service.stop();
    await ground.close();
  }
}

describe.each(engines)("through $name", (engine) => {
  for (const [row, kind] of faultKinds.entries()) {
    const runs = long || isShort(engine, kind);
    const missing = engine.missing ?? (runs ? kind.missing?.() : undefined);
    it.skipIf(!runs || missing !== undefined)(
      `nothing is lost or doubled where ${kind.name}${missing === undefined ? "" : `: ${missing}`}`,
      async () => {
        const random = new Random(row + 1);
        const tally = { faults: 0, resumed: 0, pictures: 0, lines: 0, duplicates: 0, losses: 0 };
        const from = Date.now();
        // A job that ends before all faults have happened is followed by another.
        for (let jobs = 0; tally.faults < faults; jobs++) {
          const place = at(`${engine.name}-${row}-${jobs}`);
          await undergo(engine, kind, { place, random, tally });
        }
        const seconds = Math.round((Date.now() - from) / 1000);
        if (long) console.log(engine.name, kind.name, JSON.stringify({ ...tally, seconds }));
        expect(tally).toMatchObject({
          lines: tally.pictures,
          ...{ faults, duplicates: 0, losses: 0 },
        });
      },
      1_800_000,
    );
  }
});
