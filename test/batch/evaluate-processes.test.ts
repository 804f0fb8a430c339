/** An evaluation by several processes, one of which is killed: every figure is that of one machine. */
import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { engines } from "./services.ts";
import { Victim } from "./victim.ts";

const long = process.env["LONG"] !== undefined;
const { at, put } = dataFolder();
const pictures = long ? 400 : 60;

describe.each(engines)("through $name", ({ name, missing, start }) => {
  it.skipIf(missing !== undefined || (!long && name !== "Redis"))(
    `an evaluation is that of one machine, whoever is killed${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const classes = ["airplane", "cat", "dog"];
      for (let i = 0; i < pictures; i++) {
        const random = new Random(i);
        const data = Uint8Array.from({ length: 32 * 32 * 3 }, () => random.integer(256));
        const png = await encodePng({ width: 32, height: 32, data });
        await put(`data/${classes[i % 3]}/${i}.png`, png);
      }
      const args = ["evaluate", "--model", "cifar10", "--data", at("data"), "--json", "--quiet"];
      const document = (stdout: string) => ({ ...JSON.parse(stdout), throughput: undefined });
      const alone = await mobilenetv2(args);
      const service = await start();
      const queue = ["--queue", service.url];
      const work = ["worker", ...queue, "--concurrency", "1", "--lease", "3", "--quiet"];
      const workers = [new Victim(work), new Victim(work)];
      const evaluation = new Victim([...args, ...queue, "--exchange", at("meeting")]);
      const known = (): number => {
        try {
          const names = readdirSync(at("meeting"), { recursive: true, encoding: "utf8" });
          return names.filter((one) => /answers\/\d+\.json$/.test(one)).length;
        } catch {
          return 0;
        }
      };
      // Or until it is over: a fast machine leaves no time to look.
      const until = async (count: number, end: Promise<unknown>): Promise<void> => {
        let isOver = false;
        end.finally(() => {
          isOver = true;
        });
        while (known() < count && !isOver) await setTimeout(10);
      };
      try {
        for (const worker of workers) worker.start();
        await until(3, evaluation.start());
        await workers[0]!.stop("SIGKILL");
        workers[0]!.start();
        await evaluation.stop("SIGKILL");
        // What was found out by then is found again.
        const end = evaluation.start();
        await until(20, end);
        await workers[1]!.stop("SIGKILL");
        const { code, stdout, stderr } = await end;
        expect([code, stderr]).toEqual([0, ""]);
        expect(document(stdout)).toStrictEqual(document(alone.stdout));
        expect(document(stdout)).toMatchObject({ images: pictures });
        expect(readdirSync(at("meeting"))).toEqual([]);
      } finally {
        for (const worker of workers) await worker.stop("SIGINT");
        await evaluation.stop("SIGKILL");
        await service.stop();
      }
    },
    600_000,
  );
});
