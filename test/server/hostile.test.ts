/**
 * What is no request and no picture: refused by a status of the asker's, and the next request is answered.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSharp } from "../../src/disk/packages-node.ts";
import { Random } from "../../src/random.ts";
import { root } from "../cli/program.ts";
import { inputs } from "../fuzz.ts";
import { classifier } from "../off-thread/models.ts";
import { type Listening, listen } from "./listen.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const photo = readFileSync(join(root, "examples/images/coffee.png"));

let app: OpenedApp;
let server: Listening;
let small: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  app = await openApp({ models: [classifier()], maxBytes: 4e6 });
  server = await listen(app);
  const sharp = await loadSharp();
  small = new Uint8Array(await sharp(photo).resize(40).png().toBuffer());
});
afterAll(async () => {
  await server.close();
  app.close();
});

/** The answer's status and code; of pictures that were looked at no code. */
async function ask(body: BodyInit, headers: Record<string, string> = {}) {
  const response = await app.fetch("/v1/classify", { method: "POST", body, headers });
  const answer = (await response.json()) as { error?: { code: string } };
  return [response.status, answer.error?.code];
}

describe("a body", () => {
  it("is not inflated, whatever its header says", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(1e5);
    for (const coding of ["gzip", "br", "deflate, gzip"]) {
      const [status] = await ask(new Uint8Array(bomb), { "Content-Encoding": coding });
      expect(status).toBe(422);
    }
  });

  it("of pictures that are damaged anywhere is answered or the asker's fault", async () => {
    const sharp = await loadSharp();
    const base = sharp(photo).resize(48);
    const files = await Promise.all(
      (["png", "jpeg", "webp", "gif", "tiff", "avif"] as const).map((format) =>
        base.clone().toFormat(format).toBuffer(),
      ),
    );
    const random = new Random(7);
    const statuses = new Map<unknown, number>();
    for (let i = 0; i < inputs(120, 20); i++) {
      const bytes = Uint8Array.from(files[i % files.length]!);
      const cut = random.uniform() < 0.3 ? random.integer(bytes.length) : bytes.length;
      for (let flips = random.integer(8); flips > 0; flips--) {
        bytes[random.integer(bytes.length)] = random.integer(256);
      }
      const [status] = await ask(bytes.slice(0, cut));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(
      [...statuses.keys()].filter((status) => ![200, 400, 415, 422].includes(Number(status))),
    ).toEqual([]);
    expect(Math.min(statuses.get(200) ?? 0, statuses.get(422) ?? 0)).toBeGreaterThan(0);
    expect(app.pool.state).toMatchObject({ workers: 1, busy: 0, waiting: 0, lost: 0 });
  });
});

describe("what is no request", () => {
  it.each([
    ["noise", ["\u0000\u0001\u0002 noise"]],
    ["another protocol", ["SSH-2.0-client"]],
    ["a method of nobody", ["BREW /v1/classify HTTP/1.1"]],
    ["two lengths", ["POST /v1/classify HTTP/1.1", "Content-Length: 3", "Content-Length: 4"]],
    [
      "a length and pieces",
      ["POST /v1/classify HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked"],
    ],
    ["a length below 0", ["POST /v1/classify HTTP/1.1", "Content-Length: -1"]],
    ["headers without end", ["GET / HTTP/1.1", `X-Long: ${"a".repeat(40_000)}`]],
    ["a name with a break", ["GET / HTTP/1.1", "X-A: a\rX-B: b"]],
  ])("%s is refused", async (_, lines) => {
    expect(await server.raw(lines)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
  });

  it("pieces that are none end the body, and the connection", async () => {
    const answer = await server.raw([
      ...["POST /v1/classify HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "zz", "no"],
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await ask(small)).toEqual([200, undefined]);
  });
});
