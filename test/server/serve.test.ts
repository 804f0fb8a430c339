/**
 * The command with its sockets and threads, in a process of its own: clients that vanish or dawdle, and a
 * signal under load.
 */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { requirePackages } from "../../src/server/serve-node.ts";
import { loadClassifier } from "../../src/tasks/node.ts";
import { mobilenetv2, packageFolder, root } from "../cli/program.ts";
import { type Served, startServe } from "./serve-process.ts";

const photo = readFileSync(join(root, "examples/images/coffee.png"));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serve(...options: readonly string[]): Promise<Served> {
  const main = join(packageFolder(), "dist/cli/main.js");
  const served = await startServe(main, "--models", "cifar10", ...options);
  ends.push(served.end);
  return served;
}

const post = (address: string, options: { readonly signal?: AbortSignal } = {}) =>
  fetch(`${address}/v1/classify?topK=2`, { method: "POST", body: photo, ...options });

/** A figure of the server's. */
async function figure(address: string, name: string): Promise<number> {
  const lines = (await (await fetch(`${address}/metrics`)).text()).split("\n");
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length));
}

/** Until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("mobilenetv2 serve", { timeout: 240_000 }, () => {
  it("answers from its workers, logs in JSON, and ends well", async () => {
    const { address, lines, end } = await serve("--workers", "2");
    expect(new URL(address).hostname).toBe("127.0.0.1");
    using here = await loadClassifier("cifar10");
    const expected = await here.classify(photo, { topK: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(address)));
    for (const response of answers) {
      const [item] = (await response.json()) as { predictions: { index: number }[] }[];
      expect(item?.predictions.map(({ index }) => index)).toEqual(
        expected.map(({ index }) => index),
      );
    }
    const figures = await (await fetch(`${address}/metrics`)).text();
    expect(figures).toMatch(/^mobilenetv2_workers 2$/m);
    const weights = await fetch(`${address}/models/cifar10/cifar10.tflite`);
    expect([weights.status, weights.headers.get("Content-Length")]).toEqual([
      ...[200, `${(await weights.arrayBuffer()).byteLength}`],
    ]);
    const { code, stderr } = await end();
    expect([code, stderr]).toEqual([0, expect.stringContaining("finishing what was accepted")]);
    expect(stderr).toContain("for this machine alone");
    // The package of the tests has no page.
    expect(stderr).toContain(`in a browser: ${address}/docs`);
    expect(lines()).toHaveLength(6);
    expect(lines()[0]).toMatchObject({ method: "POST", path: "/v1/classify", status: 200 });
  });

  it("forgets clients that vanish, and outlasts slow bodies and large ones", async () => {
    const limits = ["--timeout", "1500", "--max-bytes", "1000000"];
    const { address, port, lines } = await serve("--no-app", ...limits);
    expect((await fetch(`${address}/models/manifest.json`)).status).toBe(404);
    const head = "POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n";
    const gone = connect(port, "127.0.0.1", () => gone.write(head, () => gone.destroy()));
    await until(() => lines().some(({ status }) => status === 499));
    const slow = connect(port, "127.0.0.1", () => slow.write(`${head}abc`));
    let text = "";
    slow.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    await until(() => text.includes("slow-body"));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    slow.destroy();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${address}/v1/classify`, {
        ...{ method: "POST", headers: { "Transfer-Encoding": "chunked" } },
      });
      asked.on("response", (response) => {
        resolve(response.statusCode);
        response.resume();
        asked.destroy();
      });
      asked.on("error", reject);
      for (let i = 0; i < 20; i++) asked.write(Buffer.alloc(100_000));
      asked.end();
    });
    expect(status).toBe(413);
    // Those whose pictures wait, or are looked at, make room when they go.
    const before = lines().length;
    const leave = new AbortController();
    const asked = Array.from({ length: 12 }, () => post(address, { signal: leave.signal }));
    await until(async () => (await figure(address, "mobilenetv2_queue_length")) > 0);
    leave.abort();
    await Promise.allSettled(asked);
    await until(() => lines().filter(({ path }) => path === "/v1/classify").length >= before + 10);
    await until(async () => (await figure(address, "mobilenetv2_workers_busy")) === 0);
    expect(await figure(address, "mobilenetv2_queue_length")).toBe(0);
    const statuses = lines().map((line) => line["status"]);
    expect(statuses.filter((one) => one === 499).length).toBeGreaterThan(1);
    expect(statuses.filter((one) => Number(one) >= 500)).toEqual([]);
    expect((await post(address)).status).toBe(200);
  });

  // Nothing moves for two times twenty seconds.
  it.runIf(process.env["LONG"])("hangs up on who dawdles or stops taking", async () => {
    const { address, port } = await serve("--timeout", "1000");
    const sockets = async () =>
      await figure(address, 'nodejs_active_resources{type="TCPSocketWrap"}');
    const fetched = "GET /models/cifar10/cifar10.tflite HTTP/1.1\r\nHost: a\r\n\r\n";
    const half = "POST /v1/classify HTTP/1.1\r\nHost: a\r\nX-Half: ";
    const asked = [fetched.repeat(16), half].map((text) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      return socket.on("error", () => {}).pause();
    });
    await until(async () => (await sockets()) >= 3);
    // The one is that of who asks.
    await until(async () => (await sockets()) === 1);
    for (const socket of asked) socket.destroy();
    expect((await post(address)).status).toBe(200);
  });

  it("finishes what it accepted when it is told to end under load", async () => {
    const { address, lines, end } = await serve("--workers", "1", "--queue", "64");
    const asked = Array.from({ length: 24 }, () => post(address).then(({ status }) => status));
    await until(
      async () => (await figure(address, "mobilenetv2_queue_length")) > 0 || lines().length > 20,
    );
    const ended = end();
    const statuses = await Promise.allSettled(asked);
    const { code } = await ended;
    expect(code).toBe(0);
    const answered = statuses.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const logged = lines().filter(({ path }) => path === "/v1/classify");
    // Whatever came to be accepted was answered, and nothing failed; what came later was told so.
    expect(answered).toHaveLength(logged.length);
    expect(answered.filter((status) => status === 200).length).toBeGreaterThan(0);
    expect(answered.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    await expect(post(address)).rejects.toThrow();
  });
});

describe("what keeps it from starting is said", { timeout: 120_000 }, () => {
  it.each([
    [["--cors", "example.org"], 2, /bad value for --cors/],
    [["cifar10"], 2, /serve takes options only/],
    [["--models", "no-such-model"], 2, /no such model/],
    [["--models", "cifar10,cifar10"], 1, /two models are called/],
    [["--models", "cifar10", "--port", "0", "--host", "192.0.2.1"], 1, /cannot listen/],
  ])("%j", async (args, code, words) => {
    const outcome = await mobilenetv2(["serve", ...args]);
    expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(words) });
  });

  it("an empty key, which would let everybody in", async () => {
    const environment = { MOBILENETV2_API_KEY: "" };
    const { code, stderr } = await mobilenetv2(["serve", "--models", "cifar10"], { environment });
    expect([code, stderr]).toEqual([1, expect.stringContaining("MOBILENETV2_API_KEY is empty")]);
  });

  it("packages that are not there, with what installs them", async () => {
    const absent = requirePackages(async () =>
      Promise.reject(new Error("Cannot find 'hono'\nlist")),
    );
    await expect(absent).rejects.toMatchObject({
      code: "missing-dependency",
      message: expect.stringMatching(/npm install hono @hono\/node-server prom-client/),
    });
  });
});
