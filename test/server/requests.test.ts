/**
 * What surrounds an answer: keys, origins, numbers of requests, limits, deadlines, clients that leave,
 * a full queue, and workers that die or hang.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { WorkerPool } from "../../src/server/worker-pool.ts";
import { classifier } from "../off-thread/models.ts";
import { writePng } from "../png.ts";
import { type Differences, type OpenedApp, openApp } from "./open-app.ts";

const photo = readFileSync(
  fileURLToPath(new URL("../../examples/images/coffee.png", import.meta.url)),
);
const opened: OpenedApp[] = [];
afterEach(() => {
  for (const app of opened.splice(0)) app.close();
});

async function open(differences: Differences = {}): Promise<OpenedApp> {
  const app = await openApp({ models: [classifier()], ...differences });
  opened.push(app);
  return app;
}

const post = (app: OpenedApp, init: RequestInit = {}, path = "/v1/classify") =>
  app.fetch(path, { method: "POST", body: photo, ...init });

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

/** Until something holds, turn by turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Drops calls once the workers are warm, so that they never answer them. */
function silence(): { on: boolean; readonly drops: NonNullable<Differences["drops"]> } {
  const silent = { on: false, drops: ({ kind }: { kind: string }) => silent.on && kind !== "load" };
  return silent;
}

describe("who may ask", () => {
  it("is anybody with the key, where there is one", async () => {
    const app = await open({ apiKey: "secret" });
    for (const headers of [{}, { Authorization: "Bearer wrong!" }, { "X-API-Key": "secret2" }]) {
      const response = await post(app, { headers });
      expect([response.status, await codeOf(response)]).toEqual([401, "unauthorized"]);
    }
    for (const headers of [{ Authorization: "Bearer secret" }, { "X-API-Key": "secret" }]) {
      expect((await post(app, { headers })).status).toBe(200);
    }
    expect((await app.fetch("/metrics")).status).toBe(401);
    expect((await app.fetch("/v1/models")).status).toBe(401);
    for (const path of ["/healthz", "/readyz", "/docs", "/openapi.json"]) {
      expect((await app.fetch(path)).status).toBe(200);
    }
    expect(JSON.stringify(app.logs)).not.toContain("secret");
  });

  it("is no other origin's page, unless it is named", async () => {
    const headers = { Origin: "https://example.org" };
    const allowed = "Access-Control-Allow-Origin";
    expect((await post(await open(), { headers })).headers.get(allowed)).toBeNull();
    const app = await open({ cors: "https://example.org", apiKey: "secret" });
    const asked = await app.fetch("/v1/classify", {
      method: "OPTIONS",
      headers: { ...headers, "Access-Control-Request-Method": "POST" },
    });
    expect([asked.status, asked.headers.get(allowed)]).toEqual([204, "https://example.org"]);
    // A page reads why it was refused.
    expect((await post(app, { headers })).headers.get(allowed)).toBe("https://example.org");
  });
});

describe("a request's number", () => {
  it("is the client's where it is short and printable, else one of ours", async () => {
    const app = await open();
    const numberOf = async (given: string) =>
      (await app.fetch("/healthz", { headers: { "X-Request-Id": given } })).headers.get(
        "X-Request-Id",
      );
    expect(await numberOf("abc-123")).toBe("abc-123");
    for (const given of ["a".repeat(65), "a b", "é"]) {
      expect(await numberOf(given)).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(app.logs[0]).toMatchObject({
      id: "abc-123",
      method: "GET",
      path: "/healthz",
      status: 200,
    });
    await post(app, {}, "/v1/classify?topK=2");
    expect(app.logs.at(-1)).toMatchObject({
      ...{ path: "/v1/classify", status: 200, model: "small classifier", pictures: 1 },
    });
  });
});

describe("limits", () => {
  it("of bytes hold before more is read", async () => {
    const app = await open({ maxBytes: 1000 });
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(400));
      },
    });
    const response = await post(app, { body: endless, duplex: "half" } as RequestInit);
    expect([response.status, await codeOf(response)]).toEqual([413, "too-large"]);
    expect(pulled).toBeLessThan(10);
    const stated = await post(app, { headers: { "Content-Length": "1001" }, body: "short" });
    expect(stated.status).toBe(413);
  });

  it("of pixels hold before a picture is decoded", async () => {
    const app = await open({ maxPixels: 1e6 });
    const bomb = await writePng({ width: 20_000, height: 20_000, bitDepth: 8, colorType: 0 });
    expect(bomb.length).toBeLessThan(1e6);
    const response = await post(app, { body: bomb as Uint8Array<ArrayBuffer> });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toMatch(/at most 1000000 pixels, received 20000 x 20000/);
  });
});

describe("the queue", () => {
  it("refuses what it has no room for, and says when to ask again", async () => {
    const silent = silence();
    const app = await open({ queue: 1, drops: silent.drops });
    silent.on = true;
    const under = [new AbortController(), new AbortController()];
    const waiting = under.map(({ signal }) => post(app, { signal }));
    await until(() => app.pool.state.waiting === 1);
    const refused = await post(app);
    expect([refused.status, await codeOf(refused)]).toEqual([429, "busy"]);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    // Who leaves makes room.
    under[1]!.abort();
    expect((await waiting[1]!).status).toBe(499);
    expect(app.pool.state.waiting).toBe(0);
    under[0]!.abort();
    expect((await waiting[0]!).status).toBe(499);
    expect(app.logs.map(({ code }) => code)).toEqual(["busy", "client-gone", "client-gone"]);
  });

  it("takes all pictures of a request or none", async () => {
    const silent = silence();
    const app = await open({ queue: 1, drops: silent.drops });
    silent.on = true;
    const stop = new AbortController();
    const first = post(app, { signal: stop.signal });
    await until(() => app.pool.state.busy === 1);
    const body = new FormData();
    for (const name of ["a.png", "b.png"]) body.append("image", new Blob([photo]), name);
    expect((await post(app, { body })).status).toBe(429);
    expect(app.pool.state.waiting).toBe(0);
    stop.abort();
    await first;
  });
});

describe("deadlines", () => {
  it("end a request that its worker does not answer, and replace that worker", async () => {
    const silent = silence();
    const app = await open({ drops: silent.drops, stuckMilliseconds: 1 });
    silent.on = true;
    const response = await post(app, {}, "/v1/classify?timeout=20");
    expect([response.status, await codeOf(response)]).toEqual([504, "deadline"]);
    silent.on = false;
    await until(() => app.pool.state.lost === 1 && app.pool.state.workers === 1);
    expect(app.warnings.join()).toContain("did not leave a call");
    expect((await post(app)).status).toBe(200);
  });

  it("end a body that does not come", async () => {
    const app = await open();
    const body = new ReadableStream({});
    const path = "/v1/classify?timeout=20";
    const response = await post(app, { body, duplex: "half" } as RequestInit, path);
    expect([response.status, await codeOf(response)]).toEqual([408, "slow-body"]);
    expect(app.pool.state).toMatchObject({ waiting: 0, busy: 0 });
  });
});

describe("a worker that dies", () => {
  it("costs the request that it had a 503, once, and is replaced", async () => {
    const silent = silence();
    const app = await open({ drops: silent.drops });
    silent.on = true;
    const lost = post(app);
    const next = post(app);
    await until(() => app.pool.state.waiting === 1);
    silent.on = false;
    app.workers[0]!.events.onLost({ reason: "it ended with exit code 9", memory: false });
    const response = await lost;
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(await codeOf(response)).toBe("worker-lost");
    // The one that waited is answered by the new worker.
    expect((await next).status).toBe(200);
    expect(app.pool.state).toMatchObject({ workers: 1, lost: 1, ready: true });
    expect(app.workers).toHaveLength(2);
  });

  it("is replaced while it has nothing to do, too, and readiness says so meanwhile", async () => {
    const app = await open();
    app.workers[0]!.events.onLost({ reason: "killed", memory: false });
    expect((await app.fetch("/readyz")).status).toBe(503);
    await until(() => app.pool.state.workers === 1);
    expect((await app.fetch("/readyz")).status).toBe(200);
    expect((await post(app)).status).toBe(200);
  });

  it("is tried again where its replacement dies as well", async () => {
    const app = await open();
    const { workers } = app;
    workers[0]!.events.onLost({ reason: "killed", memory: false });
    await until(() => workers.length === 2);
    workers[1]!.events.onLost({ reason: "killed at its start", memory: false });
    await until(() => app.pool.state.workers === 1);
    expect(app.warnings.join()).toContain("cannot be replaced yet");
    expect((await post(app)).status).toBe(200);
  });
});

describe("a pool", () => {
  it("says what keeps it from starting, and leaves no worker", async () => {
    const reason = new Error("no threads here");
    const host = {
      handOver: () => ({ input: 0, transfer: [] }),
      start: () => Promise.reject(reason),
    };
    const failing = {
      ...host,
      start: (): never => {
        throw reason;
      },
    };
    const pool = new WorkerPool(failing, [], { workers: 2, queue: 1, onWarning: () => {} });
    await expect(pool.start()).rejects.toMatchObject({ code: "worker-lost" });
    expect(pool.state).toMatchObject({ ready: false, workers: 0 });
  });

  it("rejects what it has when it is closed", async () => {
    const silent = silence();
    const app = await open({ drops: silent.drops });
    silent.on = true;
    const both = [post(app), post(app)];
    await until(() => app.pool.state.waiting === 1);
    app.close();
    for (const response of await Promise.all(both)) {
      expect([response.status, await codeOf(response)]).toEqual([503, "stopping"]);
    }
    expect(app.workers.every(({ ended }) => ended)).toBe(true);
  });
});
