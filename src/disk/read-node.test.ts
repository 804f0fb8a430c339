import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBytes, readText } from "./read-node.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A file of some size, of which the disk holds nothing. */
function hollow(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

describe("reading", () => {
  it("gives a file's bytes up to the limit, in however many pieces", async () => {
    const path = hollow("large", 9_000_000);
    const bytes = await readBytes(path, { most: 9_000_000, code: "invalid-image" });
    expect(bytes.length).toBe(9_000_000);
  });

  it("refuses more with the caller's code, before it is in memory", async () => {
    const path = hollow("vast", 500_000_001);
    const limit = { most: 500_000_000, code: "invalid-image" } as const;
    await expect(readBytes(path, limit)).rejects.toMatchObject({ code: "invalid-image" });
    await expect(readText(path)).rejects.toMatchObject({
      code: "invalid-data",
      message: `${path}: the file is too large: expected at most 500000000 bytes, received 500000001`,
    });
  });

  it("says what the file system refuses", async () => {
    const missing = join(folder, "missing");
    await expect(readText(missing)).rejects.toMatchObject({ code: "not-found", node: missing });
    await expect(readText(folder)).rejects.toMatchObject({ code: "io", node: folder });
  });

  it.skipIf(process.platform === "win32")("opens no pipe, which would wait", async () => {
    const pipe = join(folder, "pipe");
    const makePipe = "mkfifo";
    execFileSync(makePipe, [pipe]);
    await expect(readText(pipe)).rejects.toMatchObject({ code: "io", node: pipe });
  });
});
