import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFolder } from "./write-folder-node.ts";

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "mobilenetv2-folder-"));
});
afterEach(() => rm(place, { recursive: true }));

const options = { main: "model.json", isReplaced: (name: string) => name.endsWith(".bin") };
const files = (text: string, ...names: readonly string[]) =>
  new Map(["model.json", ...names].map((name) => [name, `${text} ${name}`]));

describe("files of a folder", () => {
  it("take the place of earlier ones, and others stay", async () => {
    const folder = join(place, "deep", "model");
    await writeFolder(folder, files("old", "1.bin", "2.bin"), options);
    expect(await readdir(folder)).toEqual(["1.bin", "2.bin", "model.json"]);
    await writeFile(join(folder, "notes.txt"), "mine");
    await writeFolder(folder, files("new", "1.bin"), options);
    expect(await readdir(folder)).toEqual(["1.bin", "model.json", "notes.txt"]);
    expect(await readFile(join(folder, "1.bin"), "utf8")).toBe("new 1.bin");
  });

  it("go into the folder that a link leads to", async () => {
    const [folder, link] = [join(place, "real"), join(place, "link")];
    await mkdir(folder);
    await symlink(folder, link);
    await writeFolder(link, files("new"), options);
    expect(await readdir(folder)).toEqual(["model.json"]);
  });

  it("are all there or none: what fails or is cancelled leaves what was there", async () => {
    const folder = join(place, "model");
    await writeFolder(folder, files("old", "1.bin"), options);
    const odd = new Map([...files("new", "1.bin"), ["no\0name", "x"]]);
    await expect(writeFolder(folder, odd, options)).rejects.toMatchObject({ code: "io" });
    const stop = new AbortController();
    const slow = writeFolder(folder, files("new", "1.bin"), { ...options, signal: stop.signal });
    stop.abort();
    await expect(slow).rejects.toMatchObject({ code: "aborted" });
    expect(await readdir(folder)).toEqual(["1.bin", "model.json"]);
    expect(await readFile(join(folder, "model.json"), "utf8")).toBe("old model.json");
  });

  it("leave no new folder behind where nothing came of it", async () => {
    const folder = join(place, "model");
    const odd = new Map([...files("new"), ["no\0name", "x"]]);
    await expect(writeFolder(folder, odd, options)).rejects.toMatchObject({ code: "io" });
    expect(await readdir(place)).toEqual([]);
  });

  it("are refused where a file stands in the folder's place", async () => {
    const path = join(place, "file");
    await writeFile(path, "mine");
    await expect(writeFolder(path, files("new"), options)).rejects.toMatchObject({ code: "io" });
    expect(await readFile(path, "utf8")).toBe("mine");
  });
});
