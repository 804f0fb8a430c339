/**
 * A job by machines with networks of their own: the queue's server, the coordinator and two workers, each of
 * which is killed in turn, and cut off in turn, so that what it sends is lost without a word. The shards are
 * those of one machine, byte for byte. In the long form only, where such networks may be made.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { linesOfJob, shardHashes, untilShards, writeArchive } from "./archive.ts";
import { missingNetwork, openNetwork } from "./networks.ts";
import { engines } from "./services.ts";
import { Victim } from "./victim.ts";

const long = process.env["LONG"] !== undefined;
const { at } = dataFolder("file");
const [pictures, unit] = [900, 10];
const job = ["--model", "cifar10", "--unit", `${unit}`, "--quiet"];
const missing = long ? missingNetwork() : "in the long form only";

beforeAll(async () => {
  if (missing !== undefined) return;
  await writeArchive(at("archive"), pictures);
  const args = ["batch", "classify", at("archive"), ...job, "--out", at("alone")];
  expect(await mobilenetv2(args)).toMatchObject({ code: 0, stderr: "" });
}, 600_000);

describe.each(engines)("through $name", (engine) => {
  const lacks = engine.missing ?? missing;
  it.skipIf(lacks !== undefined)(
    `machines are killed and cut off in turn, and nothing is lost or doubled${lacks === undefined ? "" : `: ${lacks}`}`,
    async () => {
      const network = openNetwork();
      const [serving, coordinating, ...working] = Array.from({ length: 4 }, network.machine);
      const service = await engine.start(serving);
      const out = at(`out-${engine.name}`);
      const work = ["worker", "--queue", service.url, "--concurrency", "1", "--lease", "3"];
      const workers = working.map((machine) => new Victim(work, {}, machine.inside));
      const command = [
        ...["batch", "classify", at("archive"), ...job, "--out", out],
        ...["--queue", service.url, "--ahead", "8"],
      ];
      const coordinator = new Victim(command, {}, coordinating!.inside);
      let end: ReturnType<Victim["start"]>;
      const again = async (victim: Victim): Promise<void> => {
        await victim.stop("SIGKILL");
        const started = victim.start();
        if (victim === coordinator) end = started;
      };
      const faults: readonly (() => Promise<void>)[] = [
        () => again(workers[0]!),
        () => working[1]!.cut(2000),
        () => again(coordinator),
        // Longer than workers may be silent.
        () => working[0]!.cut(6000),
        () => serving!.cut(4000),
        () => again(workers[1]!),
        () => coordinating!.cut(4000),
        () => service.restart(1000),
      ];
      try {
        for (const worker of workers) worker.start();
        end = coordinator.start();
        const step = Math.floor(pictures / unit / (faults.length + 2));
        for (const [done, fault] of faults.entries()) {
          await Promise.race([untilShards(out, (done + 1) * step), end]);
          await fault();
        }
        expect(await end).toMatchObject({ code: 0, stderr: "" });
      } finally {
        await coordinator.stop("SIGKILL");
        for (const worker of workers) await worker.stop("SIGINT");
        await service.stop();
        network.close();
      }
      expect(shardHashes(out)).toEqual(shardHashes(at("alone")));
      const images = linesOfJob(out).map(({ image }) => image);
      expect([images.length, new Set(images).size]).toEqual([pictures, pictures]);
    },
    1_200_000,
  );
});
