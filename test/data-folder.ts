/** A folder for each test of a file, or for all of them, which is gone after it, and files put into it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

/** The folder of the test that runs, or of its file. */
export interface DataFolder {
  readonly path: string;
  /** The path of what lies in it. */
  at(...inner: readonly string[]): string;
  /** Puts a file where it says, folders included: bytes, a text, or anything else as JSON. Gives its path. */
  put(path: string, content: string | Uint8Array | object): Promise<string>;
}

/** Makes it before each test, or once for all tests of the file. */
export function dataFolder(per: "test" | "file" = "test"): DataFolder {
  let folder = "";
  const [before, after] = per === "test" ? [beforeEach, afterEach] : [beforeAll, afterAll];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-test-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const at = (...inner: readonly string[]): string => join(folder, ...inner);
  return {
    get path() {
      return folder;
    },
    at,
    async put(path, content) {
      const target = at(path);
      await mkdir(dirname(target), { recursive: true });
      const isFile = typeof content === "string" || content instanceof Uint8Array;
      await writeFile(target, isFile ? content : JSON.stringify(content));
      return target;
    },
  };
}
