/**
 * Real worker threads that die or hang with a request in them: the package's own script, but that certain
 * bodies kill it.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as hostNode from "../../src/tasks/off-thread/host-node.ts";
import type { WorkerHost } from "../../src/tasks/off-thread/worker-host.ts";
import type { ImageInput } from "../../src/tasks/platform.ts";
import { packageFolder, root } from "../cli/program.ts";
import { classifier } from "../off-thread/models.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

/** What a worker does with a body that begins with the name. */
const deaths = {
  exit: "process.exit(9)",
  throw: "throw new Error('out of luck')",
  hoard: "const hoard = []; for (;;) hoard.push(Array.from({ length: 1000 }, () => ({})));",
  hang: "for (;;);",
};
type Death = keyof typeof deaths;

let photo: Uint8Array<ArrayBuffer>;
let folder = "";
let host: WorkerHost<ImageInput>;

beforeAll(async () => {
  photo = new Uint8Array(await readFile(join(root, "examples/images/coffee.png")));
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-workers-"));
  const own = (name: string): string =>
    pathToFileURL(join(packageFolder(), "dist/tasks/off-thread", name)).href;
  const cases = Object.entries(deaths).map(([name, code]) => `case "${name}": { ${code} }`);
  const script = join(folder, "mortal.mjs");
  await writeFile(
    script,
    `import { parentPort } from "node:worker_threads";
parentPort.on("message", ({ kind, input }) => {
  if (kind !== "call") return;
  switch (Buffer.from(input).toString("latin1").split(" ")[0]) { ${cases.join("\n")} }
});
await import(${JSON.stringify(own("worker-node.js"))});`,
  );
  const threads = (await import(/* @vite-ignore */ own("host-node.js"))) as typeof hostNode;
  const { openWorker, watchWorker, workerHost } = threads;
  const resourceLimits = { maxOldGenerationSizeMb: 64 };
  host = {
    ...workerHost,
    start: (_, events) => watchWorker(openWorker(script, { resourceLimits }), events),
  };
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const post = (app: OpenedApp, body: BodyInit, query = "") =>
  app.fetch(`/v1/classify${query}`, { method: "POST", body });
const kill = (app: OpenedApp, death: Death, query?: string) => post(app, `${death} now`, query);

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

/** Until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a worker thread that dies", () => {
  it.each([
    ["exit", "worker-lost", /exit code 9/],
    ["throw", "worker-lost", /out of luck/],
    ["hoard", "memory", /memory/],
  ] as const)("by %s costs the request that it had, and no other", async (death, code, reason) => {
    const app = await openApp({ models: [classifier()], host });
    try {
      const lost = kill(app, death);
      const next = post(app, photo);
      const response = await lost;
      expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
      expect(await codeOf(response)).toBe(code);
      // The one that waited has the new worker, and so has the next.
      expect((await next).status).toBe(200);
      expect((await post(app, photo)).status).toBe(200);
      expect(app.pool.state).toMatchObject({ workers: 1, busy: 0, waiting: 0, lost: 1 });
      expect(app.warnings).toEqual([expect.stringMatching(/is gone and is replaced/)]);
      expect(app.warnings[0]).toMatch(reason);
      expect(app.logs.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
    } finally {
      app.close();
    }
  });

  it("leaves the others at work", async () => {
    const app = await openApp({ models: [classifier()], host, workers: 2, queue: 16 });
    try {
      const asked = Array.from({ length: 12 }, (_, i) =>
        i % 4 === 1 ? kill(app, "exit") : post(app, photo),
      );
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(statuses).toEqual(Array.from(asked, (_, i) => (i % 4 === 1 ? 503 : 200)));
      await until(() => app.pool.state.workers === 2);
      expect(app.pool.state).toMatchObject({ busy: 0, waiting: 0, lost: 3 });
    } finally {
      app.close();
    }
  });
});

describe("a worker thread that hangs", () => {
  it("is ended some time after its request was given up", async () => {
    const app = await openApp({ models: [classifier()], host, stuckMilliseconds: 1 });
    try {
      const response = await kill(app, "hang", "?timeout=50");
      expect([response.status, await codeOf(response)]).toEqual([504, "deadline"]);
      expect((await post(app, photo)).status).toBe(200);
      expect(app.pool.state).toMatchObject({ workers: 1, lost: 1 });
    } finally {
      app.close();
    }
  });
});
