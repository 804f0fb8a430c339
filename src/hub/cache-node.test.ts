import { createHash } from "node:crypto";
import * as fileSystem from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCached, store } from "./cache-node.ts";
import type { NpmRecord, UrlRecord } from "./record.ts";
import { hubRecords } from "./records.ts";

vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof fileSystem>();
  return { ...actual, rename: vi.fn(actual.rename) };
});

const { mkdtemp, readdir, rm } = fileSystem;
const rename = vi.mocked(fileSystem.rename);
const weights = Uint8Array.of(1, 2, 3);
const record = {
  ...(hubRecords[0] as UrlRecord | NpmRecord),
  name: "tiny",
  source: {
    kind: "url",
    version: "1",
    baseUrl: "https://example.org/",
    files: [{ path: "w", bytes: 3, sha256: createHash("sha256").update(weights).digest("hex") }],
  },
} as UrlRecord;

let cacheDirectory: string;

beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), "mobilenetv2-store-"));
});

afterEach(async () => {
  rename.mockReset();
  await rm(cacheDirectory, { recursive: true });
});

const save = (): Promise<unknown> =>
  store(record, { cacheDirectory, force: true }, async () => new Map([["w", weights]]));
const folders = (): Promise<string[]> => readdir(join(cacheDirectory, "tiny"));

/** Lets the nth move of a new copy into its place fail, as a system does that has no room or right. */
function failMoving(code: string, times: number): void {
  const actual = rename.getMockImplementation();
  let left = times;
  rename.mockImplementation(async (from, to) => {
    const isNew = /[.]mobilenetv2-[^/]*-\w{6}$/.test(`${from}`);
    if (isNew && left-- > 0) throw Object.assign(new RangeError(code), { code });
    await actual?.(from, to);
  });
}

describe("store", () => {
  it("keeps the copy that is there where a new one cannot take its place", async () => {
    await save();
    failMoving("EACCES", 1);
    await expect(save()).rejects.toMatchObject({ code: "io" });
    expect(await readCached(record, { cacheDirectory })).toEqual(new Map([["w", weights]]));
    expect(await folders()).toEqual(["1"]);
  });

  it("tries again where another process is in the way, and leaves nothing beside", async () => {
    await save();
    failMoving("EPERM", 3);
    await save();
    expect(await readCached(record, { cacheDirectory })).toBeDefined();
    expect(await folders()).toEqual(["1"]);
  });
});
