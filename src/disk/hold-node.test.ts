/** A folder is held by one at a time, whoever comes at once, and by nobody after a kill. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderHolder, type Hold, holdFolder } from "./hold-node.ts";
import { ownIdentity } from "./temporary-node.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-hold-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const isHold = (found: object): found is Hold => "release" in found;

describe("a folder", () => {
  it("is held by one of many that want it at once, and by the next afterwards", async () => {
    for (let round = 0; round < 20; round++) {
      const found = await Promise.all(Array.from({ length: 8 }, () => holdFolder(folder)));
      const holds = found.filter(isHold);
      expect(holds.length).toBe(1);
      expect(await folderHolder(folder)).toMatchObject({ process: process.pid, elsewhere: false });
      await holds[0]?.release();
      expect(await readdir(folder)).toEqual([]);
      expect(await folderHolder(folder)).toBeUndefined();
    }
  });

  it("is free where those that held it run no more, and not where that cannot be known", async () => {
    const { machine, start } = await ownIdentity();
    // Another process has the number now, which started at another time.
    const reused = `.mobilenetv2-hold-${machine}-${process.pid}-${start}x-abcdef`;
    const gone = `.mobilenetv2-hold-${machine}-4194399-${start}-abcdef`;
    for (const name of [reused, `${reused}.held`, gone, `${gone}.held`]) {
      await writeFile(join(folder, name), "");
    }
    const hold = await holdFolder(folder);
    expect(isHold(hold)).toBe(true);
    if (isHold(hold)) await hold.release();
    expect(await readdir(folder)).toEqual([]);
    const elsewhere = ".mobilenetv2-hold-00000000-17-abc-abcdef";
    for (const name of [elsewhere, `${elsewhere}.held`]) await writeFile(join(folder, name), "");
    const found = await holdFolder(folder);
    expect(found).toMatchObject({ process: 17, elsewhere: true });
    expect((await readdir(folder)).sort()).toEqual([elsewhere, `${elsewhere}.held`]);
  });

  it("that is none cannot be held", async () => {
    await mkdir(join(folder, "other"));
    await expect(holdFolder(join(folder, "nowhere"))).rejects.toMatchObject({ code: "not-found" });
  });
});
