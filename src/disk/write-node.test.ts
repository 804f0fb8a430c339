import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "./folder-node.ts";
import { writeWhole } from "./write-node.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-"));
  writeFileSync(join(folder, "file"), "");
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("writing", () => {
  it("makes missing folders and leaves nothing but the file", async () => {
    const path = join(folder, "made/deep/boxes.png");
    await writeWhole(path, Uint8Array.of(1, 2));
    await writeWhole(path, Uint8Array.of(3));
    expect([...readFileSync(path)]).toEqual([3]);
    expect(readdirSync(join(folder, "made/deep"))).toEqual(["boxes.png"]);
  });

  it("writes nothing once it is cancelled", async () => {
    const path = join(folder, "cancelled.png");
    await expect(
      writeWhole(path, Uint8Array.of(1), { signal: AbortSignal.abort() }),
    ).rejects.toThrow();
    expect(readdirSync(folder)).not.toContain("cancelled.png");
  });

  it("leaves no temporary file where it fails", async () => {
    mkdirSync(join(folder, "busy/boxes.png"), { recursive: true });
    writeFileSync(join(folder, "plain"), "");
    await expect(
      writeWhole(join(folder, "plain/boxes.png"), Uint8Array.of(1)),
    ).rejects.toMatchObject({ code: "io" });
    await expect(
      writeWhole(join(folder, "busy/boxes.png"), Uint8Array.of(1)),
    ).rejects.toMatchObject({ code: "io" });
    expect(readdirSync(join(folder, "busy"))).toEqual(["boxes.png"]);
  });

  it("takes writers of one file at once, and names as long as a file may have", async () => {
    const path = join(folder, "x".repeat(255));
    await Promise.all([1, 2, 3].map((value) => writeWhole(path, Uint8Array.of(value))));
    expect(readFileSync(path)).toHaveLength(1);
    await writeWhole(path, "a text", { lasting: true });
    expect(readFileSync(path, "utf8")).toBe("a text");
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/null"))("writes to a device itself", async () => {
    await writeWhole("/dev/null", "nobody reads it");
    expect(statSync("/dev/null").isFile()).toBe(false);
  });
});

describe("a folder", () => {
  it("is made with those above it, also by several at once and where it is there", async () => {
    const deep = join(folder, "a/b/c");
    await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, "a/b"))]);
    await makeFolder(deep);
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it.each(["file", "file/a", "file/a/b"])("cannot be made at or below a file: %s", async (path) => {
    await expect(makeFolder(join(folder, path))).rejects.toMatchObject({ code: "EEXIST" });
  });
});
