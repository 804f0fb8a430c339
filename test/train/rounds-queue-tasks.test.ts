/** Rounds through a queue of every task: a worker has nothing but the run's file, and opens the same session. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { localQueue } from "../../src/batch/local-queue.ts";
import { dataFolder } from "../data-folder.ts";
import { opened, startWorkers, type TestWorkers, trainHere } from "./queued-run.ts";
import { taskData } from "./task-data.ts";

const { at, put } = dataFolder();
let workers: TestWorkers | undefined;

beforeEach(() => {
  opened.queue = localQueue();
  workers = startWorkers(1);
});

afterEach(() => workers?.stop());

it.each(Object.keys(taskData))("of --task %s come to the bytes of one machine", async (task) => {
  const { data, train } = await taskData[task]!({ at, put });
  const about = ["--task", task, ...data, ...train, "--width", "0.1"];
  const how = ["--batch", "2", "--epochs", "1", "--workers", "0", "--shards", "2"];
  const model = async (out: string, ...more: readonly string[]) => {
    await trainHere([...about, ...how, "--out", at(out), ...more]);
    return await readFile(at(out, "model.safetensors"));
  };
  const alone = await model("alone");
  const far = await model("far", "--queue", "redis://nobody");
  expect(far.equals(alone)).toBe(true);
  expect(workers?.asked.length).toBeGreaterThan(0);
});
