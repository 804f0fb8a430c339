/** Lists of labelled pictures as data to train on. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listDataSet } from "../../src/data/list-node.ts";
import type { Pictures } from "../../src/data/pictures.ts";
import { encodePng } from "../../src/image/png-node.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-list-"));
  await writeFile(
    join(folder, "0.png"),
    await encodePng({ width: 4, height: 5, data: new Uint8Array(60) }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, text: string, seed = 1) {
  await writeFile(join(folder, name), text);
  return listDataSet(join(folder, name), { seed });
}

const all = (pictures: Pictures) =>
  Array.from({ length: pictures.count }, (_, i) => [
    pictures.name(i).slice(folder.length + 1),
    pictures.label(i),
  ]);

/** Ten dogs, then five cats. */
const lines = Array.from({ length: 15 }, (_, i) => `${i}.png,${i < 10 ? "dog" : "cat"}`);

describe("a list", () => {
  it("is split by class, each picture once, the same for the same seed", async () => {
    const { classes, training, validation } = await read("list.csv", lines.join("\n"));
    expect(classes).toEqual(["cat", "dog"]);
    expect([training.count, validation.count]).toEqual([8 + 4, 2 + 1]);
    const pictures = [...all(training), ...all(validation)];
    expect(pictures.map(([name]) => name).sort()).toEqual(
      Array.from({ length: 15 }, (_, i) => `${i}.png`).sort(),
    );
    for (const [name, label] of pictures)
      expect(label).toBe(Number.parseInt(String(name), 10) < 10 ? 1 : 0);
    const again = await read("list.csv", lines.join("\n"));
    expect(all(again.validation)).toEqual(all(validation));
  });

  it("may say itself what is for the test", async () => {
    const { training, validation } = await read(
      "split.csv",
      "path,label,split\n0.png,b,train\n1.png,a,train\n2.png,a,test\n",
    );
    expect([all(training), all(validation)]).toEqual([
      [
        ["0.png", 1],
        ["1.png", 0],
      ],
      [["2.png", 0]],
    ]);
    expect((await training.picture(0)).width).toBe(4);
  });

  it("may be JSON, and orders numbers by size", async () => {
    const list = [10, 9, 10, 9].map((label, i) => ({ path: `${i}.png`, label }));
    const { classes, training, validation } = await read("list.json", JSON.stringify(list));
    expect(classes).toEqual(["9", "10"]);
    expect([training.count, validation.count]).toEqual([2, 2]);
  });

  it.each([
    ["one class", "0.png,a\n1.png,a", /fewer than two classes/],
    ["a class for the test alone", "path,label,split\n0.png,a,train\n1.png,b,test", /none of b/],
    ["a picture that comes twice", "0.png,a\n1.png,b\n0.png,b", /comes twice.*0\.png/],
    ["a path that leads out", "../0.png,a\n1.png,b", /leads out/],
  ])("is refused with %s", async (_, text, message) => {
    const reading = read("wrong.csv", text);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: "invalid-data" });
  });

  it("is refused where only some pictures have a split, and not found where it is not", async () => {
    const list = [
      { path: "0.png", label: "a", split: "train" },
      { path: "1.png", label: "b" },
    ];
    await expect(read("some.json", JSON.stringify(list))).rejects.toThrow(/1 of 2 have one/);
    await expect(listDataSet(join(folder, "none.csv"), { seed: 1 })).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
