/**
 * A job by several processes that are killed, one after another, without a word: its shards are those of
 * one machine, byte for byte, and each picture has one line.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { linesOfJob, shardHashes, untilShards, writeArchive } from "./archive.ts";
import { engines, type Service } from "./services.ts";
import { Victim } from "./victim.ts";

const long = process.env["LONG"] !== undefined;
const { at } = dataFolder("file");
const [pictures, unit] = long ? [600, 10] : [90, 10];
const job = ["--model", "cifar10", "--unit", `${unit}`, "--quiet"];
let damaged = 0;

beforeAll(async () => {
  damaged = await writeArchive(at("archive"), pictures);
  const alone = await mobilenetv2([
    "batch",
    "classify",
    at("archive"),
    ...job,
    "--out",
    at("alone"),
  ]);
  expect(alone).toMatchObject({ code: 0, stderr: "" });
}, 600_000);

describe.each(engines)("through $name", ({ name, missing, start }) => {
  it.skipIf(missing !== undefined || (!long && name !== "Redis"))(
    `workers and coordinator are killed in turn, and nothing is lost or doubled${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service: Service = await start();
      const out = at(`out-${name}`);
      const work = [
        "worker",
        "--queue",
        service.url,
        "--concurrency",
        "1",
        "--lease",
        "3",
        "--quiet",
      ];
      const workers = [new Victim(work), new Victim(work)];
      const coordinator = new Victim([
        ...["batch", "classify", at("archive"), ...job, "--out", out],
        ...["--queue", service.url, "--ahead", "8"],
      ]);
      try {
        for (const worker of workers) worker.start();
        let end = coordinator.start();
        const step = Math.max(1, Math.floor(pictures / unit / 6));
        await untilShards(out, step);
        await workers[0]!.stop("SIGKILL");
        workers[0]!.start();
        await untilShards(out, 2 * step);
        await coordinator.stop("SIGKILL");
        end = coordinator.start();
        await untilShards(out, 3 * step);
        await workers[1]!.stop("SIGKILL");
        workers[1]!.start();
        expect(await end).toMatchObject({ code: 0, stderr: "" });
      } finally {
        for (const worker of workers) await worker.stop("SIGINT");
        await service.stop();
      }
      expect(shardHashes(out)).toEqual(shardHashes(at("alone")));
      const images = linesOfJob(out).map(({ image }) => image);
      expect(images.length).toBe(pictures);
      expect(new Set(images).size).toBe(pictures);
      const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
      expect(report).toMatchObject({
        pictures,
        results: pictures - damaged,
        failed: damaged,
        setAside: 0,
      });
    },
    1_200_000,
  );
});
