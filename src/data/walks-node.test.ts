import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listClassFolders } from "./class-folders-node.ts";
import { folderDataSet } from "./folder-node.ts";

let folder: string;
let notes: string[];
const onWarning = (note: string): void => void notes.push(note);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "walk-"));
  notes = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Pictures at these paths; nobody reads them here. */
function pictures(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    copyFileSync("examples/images/coffee.png", join(folder, path));
  }
}

function link(to: string, at: string): void {
  mkdirSync(join(folder, at, ".."), { recursive: true });
  symlinkSync(join(folder, to), join(folder, at));
}

describe.skipIf(process.platform === "win32")("links in folders of classes", () => {
  it("lead round in no circle, however many there are", async () => {
    pictures("cat/1.png", "dog/1.png");
    for (let i = 0; i < 20; i++) link("cat", `cat/again-${i}`);
    link(".", "cat/up");
    link(".", "self");
    const { classes, pictures: found } = await listClassFolders(folder, { onWarning });
    expect(classes).toEqual(["cat", "dog"]);
    expect(found).toEqual([["cat/1.png"], ["dog/1.png"]]);
    expect(notes).toEqual([expect.stringMatching(/22 entries that links lead to again/)]);
  });

  it("put no picture into two classes, nor into training and test", async () => {
    pictures("train/cat/1.png", "train/dog/1.png", "val/cat/2.png", "val/dog/2.png");
    link("train/cat/1.png", "val/cat/1.png");
    link("train/dog", "val/dog/more");
    link("train/cat/1.png", "train/dog/cat.png");
    const { training, validation } = await folderDataSet(folder, { onWarning });
    expect([training.count, validation.count]).toEqual([2, 2]);
    expect(notes.join()).toMatch(/1 entry that links.*2 entries that links/);
  });

  it("are followed where they lead to what is nowhere else", async () => {
    pictures("pool/1.png", "pool/2.png", "data/dog/3.png");
    link("pool/1.png", "data/cat/a.png");
    link("pool/2.png", "data/cat/b.png");
    const { pictures: found } = await listClassFolders(join(folder, "data"), { onWarning });
    expect(found).toEqual([["cat/a.png", "cat/b.png"], ["dog/3.png"]]);
    expect(notes).toEqual([]);
  });
});

describe.skipIf(process.platform !== "linux")("names that are no text", () => {
  it("are passed over and counted; one with the mark for it is a name", async (context) => {
    pictures("cat/1.png", "cat/\ufffd.png", "dog/1.png");
    const name = Buffer.concat([
      Buffer.from(`${folder}/cat/`),
      Buffer.of(0xff, 0xfe),
      Buffer.from(".png"),
    ]);
    writeFileSync(name, "");
    if (!existsSync(name)) context.skip("this disk refuses such names");
    const { pictures: found } = await listClassFolders(folder, { onWarning });
    expect(found[0]).toEqual(["cat/1.png", "cat/\ufffd.png"]);
    expect(notes).toEqual([expect.stringMatching(/1 entry whose names are no UTF-8/)]);
  });
});
