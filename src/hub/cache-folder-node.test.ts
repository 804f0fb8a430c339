import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { store } from "./cache-node.ts";
import type { NpmRecord } from "./record.ts";
import { hubRecords } from "./records.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-folder-"));
  await writeFile(join(folder, "file"), "");
});

afterAll(() => rm(folder, { recursive: true }));

/** A cache in a folder that cannot be made; the download must not be reached. */
const storeIn = (cacheDirectory: string): Promise<unknown> =>
  store(hubRecords[0] as NpmRecord, { cacheDirectory }, () => expect.fail("a download began"));

const refusal = {
  code: "io",
  message: expect.stringMatching(/cannot make the cache folder.*MOBILENETV2_CACHE/),
};

describe("the folder", () => {
  it("of the cache below a file is refused with a way out", { timeout: 5000 }, async () => {
    await expect(storeIn(join(folder, "file/cache"))).rejects.toMatchObject(refusal);
  });

  it.skipIf(!existsSync("/proc/self"))(
    "of the cache where the system makes none is refused, not tried for ever",
    { timeout: 5000 },
    async () => {
      await expect(storeIn("/proc/nope/deeper")).rejects.toMatchObject(refusal);
    },
  );
});
