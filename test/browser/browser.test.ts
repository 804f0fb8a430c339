/**
 * The browser build in a real Chromium: the same answers as in Node, in pages and module workers,
 * under content security policies with and without WebAssembly.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pathOf, readCached } from "../../src/hub/cache-node.ts";
import type { NpmRecord } from "../../src/hub/record.ts";
import { hubRecords } from "../../src/hub/records.ts";
import { loadClassifier } from "../../src/index.ts";
import type { ClassPrediction } from "../../src/tasks/classifier.ts";
import * as training from "../../src/train/index.ts";
import { exactMark } from "../int8/variants.ts";
import { toyLosses } from "../train/toy-losses.ts";
import { toySession, toyTasks } from "../train/toy-sessions.ts";
import { askPage, pageFiles, type Surroundings } from "./ask.ts";
import { smallModelFiles, smallResolution } from "./models.ts";
import type { BrowserAnswer, BrowserRequest, Handover } from "./requests.ts";
import { startSite } from "./site.ts";
import { useSite } from "./use-site.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const nsfw = hubRecords.find(({ name }) => name === "nsfw") as NpmRecord;

/** A lossless picture, so that both sides see the same pixels. */
const photo = "/chelsea.png";

const files = new Map<string, Uint8Array | string>();

const pages = useSite(async () => {
  for (const [path, contents] of await pageFiles()) files.set(path, contents);
  for (const [path, bytes] of smallModelFiles()) files.set(`/small/${path}`, bytes);
  files.set(photo, await readFile(join(root, "examples/images/chelsea.png")));
  const { package: name, version } = nsfw.source;
  for (const { path } of nsfw.source.files) {
    const bytes = await readFile(join(pathOf(nsfw), path)).catch(() => undefined);
    if (bytes !== undefined) files.set(`/npm/${name}@${version}/${path}`, bytes);
  }
  return (path) => files.get(path);
});

const ask = (request: BrowserRequest, surroundings?: Surroundings): Promise<BrowserAnswer> =>
  askPage(pages, request, surroundings);

async function classify(
  request: Omit<Extract<BrowserRequest, { kind: "classify" }>, "kind">,
  surroundings: Surroundings = {},
): Promise<Extract<BrowserAnswer, { kind: "classes" }>> {
  const answer = await ask({ kind: "classify", ...request }, surroundings);
  if (answer.kind !== "classes") throw new Error(JSON.stringify(answer));
  return answer;
}

const small = {
  model: "/small/model.json",
  resolution: smallResolution,
  picture: photo,
  handover: "bytes",
} as const;

/** What Node says about the photograph with the small model. */
async function inNode(backend: "wasm" | "reference"): Promise<readonly ClassPrediction[]> {
  const classifier = await loadClassifier(smallModelFiles(), {
    resolution: smallResolution,
    backend,
  });
  const predictions = await classifier.classify(files.get(photo) as Uint8Array);
  classifier.dispose();
  return predictions;
}

/** Same classes in the same order; probabilities up to `tolerance`. */
function expectSame(
  received: readonly ClassPrediction[],
  expected: readonly ClassPrediction[],
  tolerance: number,
): void {
  expect(received.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  for (const [i, { score }] of expected.entries()) {
    expect(Math.abs((received[i] as ClassPrediction).score - score)).toBeLessThanOrEqual(tolerance);
  }
}

describe("a page classifies as Node does", () => {
  // Same pixels and kernels; only the order in which threads add may differ.
  it.each<Handover>(["bytes", "blob", "bitmap", "canvas", "imageData"])(
    "from %s",
    async (handover) => {
      const { predictions, description } = await classify({ ...small, handover });
      expect(description).toContain("wasm");
      expectSame(predictions, await inNode("wasm"), 1e-6);
    },
  );

  it.each([1, 2])("with %i threads", async (threads) => {
    const { predictions, description } = await classify({ ...small, threads });
    expect(description).toContain("wasm");
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("without cross-origin isolation, which threads need", async () => {
    const { predictions, description } = await classify(small, { unisolated: true });
    expect(description).toContain("wasm");
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("in a module worker", async () => {
    const { predictions, description } = await classify(small, { worker: true });
    expect(description).toContain("wasm");
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("with published weights from a mirror, checked against their hashes", async (context) => {
    if ((await readCached(nsfw)) === undefined) context.skip("the model nsfw is not in the cache");
    const weightsUrls = { npm: `${pages.site.origin}/npm` };
    const request = { model: "nsfw", weightsUrls, picture: photo } as const;
    const { predictions } = await classify({ ...request, handover: "bytes" });
    const classifier = await loadClassifier("nsfw");
    const expected = await classifier.classify(files.get(photo) as Uint8Array);
    classifier.dispose();
    expectSame(predictions, expected, 1e-6);
  });
});

describe("a model in a worker of its own", () => {
  // Frames of video store colours in their own way, which the page's own way to pixels undoes.
  it.each<Handover>(["bytes", "blob", "bitmap", "canvas", "element", "frame", "imageData"])(
    "gives the page's own answer from %s, moved or copied",
    async (handover) => {
      const expected = await classify({ ...small, handover });
      for (const transfer of [false, true]) {
        const received = await classify({ ...small, handover, offThread: true, transfer });
        expect(received.description).toBe(`${expected.description}, in a worker`);
        expect(received.predictions).toEqual(expected.predictions);
        expect(received.warnings).toEqual([]);
      }
    },
  );

  it("needs no cross-origin isolation, and has threads where there is one", async () => {
    const request = { ...small, offThread: true, threads: 2 } as const;
    const isolated = await classify(request);
    expect(isolated.description).toBe("wasm simd128, 2 threads, in a worker");
    expect(isolated.predictions).toEqual((await classify(small)).predictions);
    const alone = await classify(request, { unisolated: true });
    expect(alone.description).toMatch(/1 thread \(.*isolat.*\), in a worker$/);
    expect(alone.predictions).toEqual(isolated.predictions);
  });

  it("works from within a worker too", async () => {
    const received = await classify({ ...small, offThread: true }, { worker: true });
    expect(received.description).toMatch(/in a worker$/);
    expectSame(received.predictions, await inNode("wasm"), 1e-6);
  });

  it("leaves the page's thread free", async () => {
    // On the scalar backend, so that it takes a while.
    const request = { ...small, backend: "reference" } as const;
    const blocked = await classify(request);
    const free = await classify({ ...request, offThread: "/worker-browser.js" });
    expect(free.description).toMatch(/^reference .*, in a worker$/);
    expect(free.predictions).toEqual(blocked.predictions);
    expect(free.turns).toBeGreaterThan(5 * blocked.turns);
  });

  it.each([
    [
      "a policy forbids",
      { policy: `default-src 'self' 'wasm-unsafe-eval'; worker-src 'none'` },
      true,
    ],
    ["has another address", {}, "/nowhere.js"],
  ] as const)("whose script %s leaves the work to the page", async (_, surroundings, offThread) => {
    const { predictions, description, warnings } = await classify(
      { ...small, offThread },
      surroundings,
    );
    expect(description).toMatch(/^wasm simd128, 1 thread \(no worker: .+\)$/);
    expect(warnings).toEqual([expect.stringContaining("calling thread")]);
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("takes a script of another origin, which a page may import though not start", async () => {
    const headers = { "access-control-allow-origin": "*" };
    const other = await startSite((path) => files.get(path), headers);
    try {
      const offThread = `${other.origin}/worker-browser.js`;
      const { description } = await classify({ ...small, offThread }, { unisolated: true });
      expect(description).toMatch(/in a worker$/);
    } finally {
      other.close();
    }
  });
});

describe("a content security policy", () => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

  it.each([false, true])("with wasm-unsafe-eval suffices (worker: %s)", async (worker) => {
    const { predictions, description, warnings } = await classify(small, { policy, worker });
    expect(description).toContain("wasm");
    expect(warnings).toEqual([]);
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("without worker-src blob: has one thread, and says why", async () => {
    const { predictions, description } = await classify({ ...small, threads: 2 }, { policy });
    expect(description).toMatch(
      /^wasm simd128, 1 thread \(helper threads do not start.*blob:.*\)$/,
    );
    expectSame(predictions, await inNode("wasm"), 1e-6);
  });

  it("with it has the threads that it asks for", async () => {
    const surroundings = { policy: `${policy}; worker-src blob:` };
    const { description } = await classify({ ...small, threads: 2 }, surroundings);
    expect(description).toBe("wasm simd128, 2 threads");
  });

  it("without it lets the reference backend answer, which says so", async () => {
    const surroundings = { policy: "default-src 'self'" };
    const { predictions, description, warnings } = await classify(small, surroundings);
    expect(description).toContain("reference");
    expect(warnings).toEqual([expect.stringMatching(/WebAssembly cannot be used.*slower/)]);
    expectSame(predictions, await inNode("reference"), 1e-6);
  });
});

describe("8-bit kernels in a page have the reference's bits", () => {
  // Chromium has relaxed SIMD, but whether its dot products take unsigned bytes is up to the machine:
  // where they do not, exact ones stand in for them.
  it.each([false, true])("on random graphs (worker: %s)", async (worker) => {
    const bits = await ask({ kind: "int8" }, { worker });
    if (bits.kind !== "bits") throw new Error(JSON.stringify(bits));
    expect(bits.differences).toEqual([]);
    const ran = bits.descriptions.map((text) => text.replace(exactMark, ""));
    for (const engine of ["simd128", "relaxed simd", "turbo relaxed simd"]) {
      expect(ran).toContain(`wasm ${engine} int8, 2 threads`);
    }
  });

  it("on an official model", async (context) => {
    const name = "mobilenet_v2_1.0_224_quant.tflite";
    const path = fileURLToPath(new URL(`../../../shared/models/${name}`, import.meta.url));
    const model = await readFile(path).catch(() => context.skip("the model is not there"));
    files.set("/quant.tflite", model);
    const bits = await ask({ kind: "int8", model: "/quant.tflite" });
    expect(bits).toMatchObject({ kind: "bits", differences: [] });
  });
});

describe("training", () => {
  it.each([false, true])("goes as in Node (worker: %s)", async (worker) => {
    const received = await ask({ kind: "train" }, { worker });
    const { losses } = await toyLosses(training);
    // Weights' first values come from logarithms and cosines, whose last bit is an engine's own.
    expect(received).toMatchObject({
      kind: "losses",
      description: expect.stringContaining("wasm"),
    });
    if (received.kind !== "losses") throw new Error(received.kind);
    expect(received.losses).toHaveLength(losses.length);
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs((received.losses[i] as number) - loss)).toBeLessThanOrEqual(1e-3 * loss);
    }
  });
});

describe("a session in a module worker", () => {
  it.each(toyTasks)("trains to %s with threads as Node does, to the bit", async (task) => {
    const received = await ask({ kind: "session", task, threads: 2 }, { worker: true });
    const { losses, weights } = await toySession(training, task, 1);
    expect(received).toMatchObject({
      ...{ kind: "trained", losses, weights },
      description: expect.stringMatching(/wasm.*2 threads/),
    });
  });
});

describe("a page in a sandbox, which has no origin, storage or cache", () => {
  const sandbox = { policy: "sandbox allow-scripts" };

  it.each([
    ["with a model of the hub", { model: "cifar10", baseUrl: "hosted" }],
    ["in a worker", { offThread: true }],
    ["with threads", { threads: 2 }],
    ["with the reference backend", { backend: "reference" }],
  ] as const)("answers as any other %s", async (_, more) => {
    const model = new URL("../../models/cifar10.tflite", import.meta.url);
    const hosted = await readFile(model);
    // What is fetched by a page without an origin needs leave.
    const headers = {
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    };
    const own = await startSite(
      (path) => (path === "/hosted/cifar10/cifar10.tflite" ? hosted : files.get(path)),
      headers,
    );
    try {
      const request = { kind: "classify", ...small, ...more } as const;
      const there = { browser: pages.browser, site: own };
      const { resolution, ...named } = request;
      const isNamed = "baseUrl" in more;
      const answer = await askPage(there, isNamed ? named : request, sandbox);
      if (answer.kind !== "classes") throw new Error(JSON.stringify(answer));
      expect(answer.description).toMatch(/^(?:wasm|reference)/);
      if (!isNamed) expectSame(answer.predictions, await inNode("wasm"), 1e-6);
    } finally {
      own.close();
    }
  });
});
