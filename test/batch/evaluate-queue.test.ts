/**
 * Evaluation through a queue: the document of `evaluate --json` is that of one machine, number for number,
 * whatever is lost or damaged on the way.
 */
import { copyFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localQueue } from "../../src/batch/local-queue.ts";
import { fileError } from "../../src/disk/file-error-node.ts";
import { MobileNetError } from "../../src/index.ts";
import { dataFolder } from "../data-folder.ts";
import { writeClasses } from "../train/classes.ts";
import {
  evaluateHere,
  opened,
  startWorkers,
  type TestWorkers,
  trainHere,
  type WorkerFaults,
} from "../train/queued-run.ts";
import { taskData } from "../train/task-data.ts";

const { at, put } = dataFolder();
const queue = ["--queue", "redis://nobody"];
const small = ["--width", "0.1", "--batch", "4", "--epochs", "1", "--workers", "0", "--quiet"];
let workers: TestWorkers | undefined;

beforeEach(() => {
  opened.queue = localQueue();
});

afterEach(() => workers?.stop());

/** All data as the test's own task has them. */
const tasks: typeof taskData = {
  ...taskData,
  async classify() {
    await writeClasses(at("data"), 8);
    return { data: ["--data", at("data")], train: ["--resolution", "32", "--recipe", "small"] };
  },
};

/** Without what is only said where the machine is slow. */
const withoutProgress = (said: string): string => said.replaceAll(/^images: .*\n/gm, "");

describe("an evaluation through a queue", () => {
  it.each(Object.keys(tasks))("of %s is that of one machine", async (task) => {
    const { data, train } = await tasks[task]!({ at, put });
    await trainHere(["--task", task, ...data, ...train, ...small, "--out", at("model")]);
    const about = ["--model", at("model"), ...data];
    const alone = await evaluateHere(about);
    workers = startWorkers(2);
    const far = await evaluateHere([...about, ...queue, "--out", at("report")]);
    expect(far.document).toStrictEqual(alone.document);
    expect(withoutProgress(far.said)).toBe(withoutProgress(alone.said));
    expect(JSON.stringify(far.document)).toBe(JSON.stringify(alone.document));
    expect(far.throughput).toMatchObject({ modelMillisecondsPerImage: expect.any(Number) });
    // The pictures that the model was trained on are left out on every machine.
    expect(far.document["images"]).toBeGreaterThan(0);
    expect(far.document["trainedOn"]).toMatchObject({ counted: false });
    expect(workers.asked.length).toBeGreaterThan(1);
    expect((await readdir(at("report"))).filter((name) => /^evaluation-/.test(name))).toEqual([]);
  });
});

describe("what is known of pictures", () => {
  const model = ["--model", "cifar10", "--data"];
  const evaluated = async (faults: WorkerFaults, count = 1) => {
    await writeClasses(at("kinds"), 6);
    // Names of classes that the model knows.
    for (const [from, to] of [
      ["blue", "cat"],
      ["red", "dog"],
    ] as const) {
      for (const name of await readdir(at("kinds", from))) {
        await put(`data/${to}/${name}`, await readFile(at("kinds", from, name)));
      }
    }
    // No picture, and on no machine.
    await put("data/dog/none.png", "no picture");
    const alone = await evaluateHere([...model, at("data")]);
    expect(alone.document).toMatchObject({ images: 12, skipped: [expect.anything()] });
    workers = startWorkers(count, faults);
    const far = evaluateHere([...model, at("data"), ...queue, "--exchange", at("meeting")]);
    return { alone, far };
  };

  it("may be lost with its worker, called known and not be, and be damaged", async () => {
    const seen = new Set<number>();
    const { alone, far } = await evaluated({
      async making({ ticket, opensOnly }, make) {
        const unit = ticket.kind === "evaluation" ? ticket.unit : -1;
        if (opensOnly || seen.has(unit)) return await make();
        seen.add(unit);
        if (unit === 1) throw new MobileNetError("worker-lost", "it is gone");
        if (unit === 2) return;
        await make();
        if (unit === 3) await writeFile(join(ticket.out, "answers/00000003.json"), "[1, 2]");
      },
    });
    const { document, said } = await far;
    expect(document).toStrictEqual(alone.document);
    expect(said).toMatch(/unit 3 of the evaluation is done again/);
    expect(seen.size).toBe(13);
    expect(await readdir(at("meeting"))).toEqual([]);
  });

  it("is left to others where a machine has not its folder, which is said", async () => {
    await writeClasses(at("kinds"), 6);
    for (const [from, to] of [
      ["blue", "cat"],
      ["red", "dog"],
    ] as const) {
      await rename(at(`kinds/${from}`), at(`kinds/${to}`));
    }
    const about = [...model, at("kinds")];
    const alone = await evaluateHere(about);
    const blind = startWorkers(1, {
      // As the process of a machine that has not the disk says it.
      making: () => Promise.reject(fileError(at("kinds"), { code: "ENOENT" })),
    });
    const ended = evaluateHere([...about, ...queue, "--exchange", at("meet")]);
    await expect.poll(() => blind.refused.length).toBeGreaterThan(2);
    await blind.stop();
    workers = startWorkers(1);
    const far = await ended;
    expect(far.document).toStrictEqual(alone.document);
    const [words, ...more] = far.said.match(/left to other workers: .*/g) ?? [];
    expect([words, more]).toEqual([expect.stringContaining(`${at("kinds")}: no such file`), []]);
  });

  it("is refused where a worker has another picture under the name", async () => {
    const path = at("data/dog/3.png");
    // Nobody looks while the file is another one for the worker.
    const { look } = opened.queue;
    let swapped = Promise.resolve();
    opened.queue = { ...opened.queue, look: (tickets) => swapped.then(() => look(tickets)) };
    const { far } = await evaluated({
      async making({ ticket }, make) {
        // Six cats come before the fourth dog.
        if (ticket.kind !== "evaluation" || ticket.unit !== 9) return await make();
        let restored = (): void => undefined;
        swapped = new Promise((resolve) => {
          restored = resolve;
        });
        const bytes = await readFile(path);
        await copyFile(at("data/dog/4.png"), path);
        await make();
        await writeFile(path, bytes);
        restored();
      },
    });
    await expect(far).rejects.toThrow(/dog\/3\.png.*a worker has another picture/);
    expect(await readdir(at("meeting"))).toEqual([]);
  });

  it("is nothing where a unit fails for good", async () => {
    const { far } = await evaluated({
      change: () => async () => ({ kind: "failed", lost: true, reason: "it is gone" }),
    });
    await expect(far).rejects.toThrow(/no process came back from unit \d+ of the evaluation/);
    expect(await readdir(at("meeting"))).toEqual([]);
  });
});

describe("the command", () => {
  it.each([
    [[], /the machines of --queue have no place to meet/],
    [["--exchange", "x", "--compare", "cifar10"], /two models are compared on one machine/],
    [["--exchange", "x", "--backend", "onnxruntime"], /workers have no such backend/],
  ])("refuses --queue with %j", async (more, words) => {
    const run = evaluateHere(["--model", "cifar10", "--data", "cifar10", ...queue, ...more]);
    await expect(run).rejects.toThrow(words);
  });
});
