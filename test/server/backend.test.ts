/** What the server's workers run their models on. */
import { describe, expect, it } from "vitest";
import { laneName, type PooledModel } from "../../src/server/lane.ts";
import { WorkerPool } from "../../src/server/worker-pool.ts";
import { decode } from "../../src/tasks/decode-node.ts";
import { classifier } from "../off-thread/models.ts";
import { sameThread } from "../off-thread/same-thread.ts";

describe("workers of a server", () => {
  it.each([
    [undefined, /^wasm/],
    ["reference", /^reference/],
  ] as const)("run models on %s", async (backend, words) => {
    const { host } = sameThread({}, { decode: decode as never });
    const model = classifier();
    const models: readonly PooledModel[] = [{ name: "tiny", model, verbs: ["classify"] }];
    const settings = { workers: 1, queue: 0, backend, onWarning: () => undefined };
    const pool = new WorkerPool(host as never, models, settings);
    try {
      const parts = await pool.start();
      expect(parts.get(laneName("classify", "tiny"))?.description).toMatch(words);
    } finally {
      pool.close();
    }
  });
});
