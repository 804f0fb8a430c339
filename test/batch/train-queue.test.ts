/**
 * A run of training by several processes that are killed at any moment, one after another: the model is
 * that of one machine, byte for byte.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { writeClasses } from "../train/classes.ts";
import { engines } from "./services.ts";
import { Victim } from "./victim.ts";

const long = process.env["LONG"] !== undefined;
const { at } = dataFolder("file");
const [epochs, shards, kills] = long ? [12, 4, 12] : [3, 2, 3];
const settings = ["--width", "0.1", "--batch", "4", "--learning-rate", "0.02", "--workers", "0"];
const rounds = ["--epochs", `${epochs}`, "--shards", `${shards}`, "--local-steps", "1"];
const run = (out: string): readonly string[] => {
  return ["train", "--data", at("data"), "--out", at(out), ...settings, ...rounds, "--quiet"];
};
// Of 20 pictures of two classes each, 16 are trained on.
const perEpoch = Math.floor(32 / (4 * shards));

beforeAll(async () => {
  await writeClasses(at("data"), 20);
  expect(await mobilenetv2(run("alone"))).toMatchObject({ code: 0, stderr: "" });
}, 600_000);

/** Notes which states of shards there are, and how often each was written. */
function watch(out: string): { readonly seen: Map<string, Set<number>>; stop(): void } {
  const seen = new Map<string, Set<number>>();
  const look = (): void => {
    try {
      for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
        const shard = /\/states\/(\d{6}-\d{9}-\d{4})\.safetensors$/.exec(name)?.[1];
        if (shard === undefined) continue;
        // A file that is written again is another one of the same name.
        const { ino } = statSync(`${out}/${name}`);
        seen.set(shard, (seen.get(shard) ?? new Set()).add(ino));
      }
    } catch {
      // Somebody has just cleared up.
    }
  };
  const timer = setInterval(look, 20);
  return { seen, stop: () => clearInterval(timer) };
}

describe.each(engines)("through $name", ({ name, missing, start }) => {
  it.skipIf(missing !== undefined || (!long && name !== "Redis"))(
    `workers and coordinator are killed at any moment, and the model is the same${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service = await start();
      const out = at(`out-${name}`);
      const queue = ["--queue", service.url];
      const work = ["worker", ...queue, "--concurrency", "1", "--lease", "3"];
      const workers = [new Victim(work), new Victim(work)];
      const coordinator = new Victim([...run(`out-${name}`), ...queue]);
      const goOn = ["train", "--resume", "--out", out, "--workers", "0", "--quiet", ...queue];
      const { seen, stop } = watch(out);
      const random = new Random(Date.now() % 1000);
      let made = 0;
      try {
        for (const worker of workers) worker.start();
        let end = coordinator.start();
        let isOver = false;
        for (let kill = 0; kill < kills && !isOver; kill++) {
          const before = seen.size;
          // So that each life comes to something, and then at any moment.
          while (seen.size === before && !isOver) {
            isOver = await Promise.race([end.then(() => true), setTimeout(20, false)]);
          }
          await setTimeout(random.integer(1500));
          const victim = [workers[0]!, coordinator, workers[1]!][kill % 3]!;
          if (victim !== coordinator) {
            await victim.stop("SIGKILL");
            victim.start();
          } else if (!isOver) {
            await coordinator.stop("SIGKILL");
            end = coordinator.start(goOn);
          }
        }
        const { code, stderr } = await end;
        expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
      } finally {
        stop();
        for (const worker of workers) {
          const { stderr = "" } = (await worker.stop("SIGINT")) ?? {};
          made += Number(/made .*?(\d+) shards?/.exec(stderr)?.[1] ?? 0);
        }
        await coordinator.stop("SIGKILL");
        await service.stop();
      }
      const model = (folder: string) => readFileSync(`${folder}/model.safetensors`);
      expect(model(out).equals(model(at("alone")))).toBe(true);
      const written = [...seen.values()].reduce((sum, files) => sum + files.size, 0);
      const all = epochs * perEpoch * shards;
      console.log(
        `${name}: ${all} shards of rounds; ${seen.size} seen, written ${written} times, ${made} by the workers that lived to the end`,
      );
      expect(seen.size).toBeLessThanOrEqual(all);
      expect(made).toBeGreaterThan(0);
      // Nothing is left where the machines met.
      expect(readdirSync(out).filter((one) => one.startsWith("rounds-"))).toEqual([]);
    },
    1_200_000,
  );
});
