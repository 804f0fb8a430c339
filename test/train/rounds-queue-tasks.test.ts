/** Rounds through a queue of every task: a worker has nothing but the run's file, and opens the same session. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { localQueue } from "../../src/batch/local-queue.ts";
import { encodeIndexedPng, encodePng } from "../../src/image/png-node.ts";
import { dataFolder } from "../data-folder.ts";
import { opened, startWorkers, type TestWorkers, trainHere } from "./queued-run.ts";
import { boxClasses, drawBoxes } from "./toy-boxes.ts";
import { drawShapes, shapeClasses } from "./toy-shapes.ts";

const { at, put } = dataFolder();
let workers: TestWorkers | undefined;

beforeEach(() => {
  opened.queue = localQueue();
  workers = startWorkers(1);
});

afterEach(() => workers?.stop());

const pictures = 10;

/** Data of a task, and what is said of them. */
const data: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  async detect() {
    for (let seed = 0; seed < pictures; seed++) {
      const { image, objects } = drawBoxes(64, seed);
      await put(`data/${seed}.png`, await encodePng(image));
      const noted = objects.map(({ classIndex, box: { x, y, width, height } }) => {
        const edges = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + width}</xmax><ymax>${y + height}</ymax>`;
        return `<object><name>${boxClasses[classIndex]}</name><bndbox>${edges}</bndbox></object>`;
      });
      await put(`data/${seed}.xml`, `<annotation>${noted.join("")}</annotation>`);
    }
    return ["--data", at("data"), "--resolution", "64", "--loss", "focal"];
  },
  async segment() {
    for (let seed = 0; seed < pictures; seed++) {
      const { image, mask } = drawShapes(48, seed);
      await put(`data/images/${seed}.png`, await encodePng(image));
      await put(`data/masks/${seed}.png`, await encodeIndexedPng(mask));
    }
    const classes = ["--classes", shapeClasses.join(","), "--class-weights", "balanced"];
    return ["--data", at("data"), ...classes, "--output-stride", "8"];
  },
  async "multi-label"() {
    const lines = ["path,labels"];
    for (let i = 0; i < pictures; i++) {
      const { image } = drawShapes(32, i);
      await put(`pictures/${i}.png`, await encodePng(image));
      lines.push(
        `pictures/${i}.png,${["even", "small"].filter((_, bit) => (i >> bit) & 1).join(";")}`,
      );
    }
    await put("tags.csv", lines.join("\n"));
    return ["--data", at("tags.csv"), "--resolution", "32", "--recipe", "small"];
  },
};

it.each(Object.keys(data))("of --task %s come to the bytes of one machine", async (task) => {
  const about = ["--task", task, ...(await data[task]!()), "--width", "0.1"];
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
