/**
 * The browser build in a real Chromium: the same answers as in Node, in pages and module workers,
 * under content security policies with and without WebAssembly.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pathOf, readCached } from "../../src/hub/cache-node.ts";
import type { NpmRecord } from "../../src/hub/record.ts";
import { hubRecords } from "../../src/hub/records.ts";
import { decodeImage } from "../../src/image/decode-node.ts";
import { loadClassifier } from "../../src/index.ts";
import type { ClassPrediction } from "../../src/tasks/classifier.ts";
import * as training from "../../src/train/index.ts";
import { writeGif } from "../gif.ts";
import { exactMark } from "../int8/variants.ts";
import { toyLosses } from "../train/toy-losses.ts";
import { type Chromium, requireBrowser, startChromium } from "./chromium.ts";
import { smallModelFiles, smallResolution } from "./models.ts";
import type { BrowserAnswer, BrowserRequest, Handover } from "./requests.ts";
import { type Site, startSite } from "./site.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const nsfw = hubRecords.find(({ name }) => name === "nsfw") as NpmRecord;
const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>';

const digestOf = async (data: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(data))).toString("hex");

/** A lossless picture, so that both sides see the same pixels. */
const photo = "/chelsea.png";

const files = new Map<string, Uint8Array | string>([["/index.html", html]]);
let chromium: Chromium;
let site: Site;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [
      ...["page", "worker"].map((name) => join(root, `test/browser/${name}.ts`)),
      join(root, "src/tasks/off-thread/worker-browser.ts"),
    ],
    entryNames: "[name]",
    outdir: "/",
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  for (const { path, contents } of outputFiles) files.set(path, contents);
  for (const [path, bytes] of smallModelFiles()) files.set(`/small/${path}`, bytes);
  files.set(photo, await readFile(join(root, "examples/images/chelsea.png")));
  const { package: name, version } = nsfw.source;
  for (const { path } of nsfw.source.files) {
    const bytes = await readFile(join(pathOf(nsfw), path)).catch(() => undefined);
    if (bytes !== undefined) files.set(`/npm/${name}@${version}/${path}`, bytes);
  }
  site = await startSite((path) => files.get(path));
  chromium = await startChromium();
});

beforeEach((context) => {
  requireBrowser(chromium, context);
});

afterAll(async () => {
  await chromium?.browser?.close();
  site?.close();
});

interface Surroundings {
  readonly worker?: boolean;
  readonly unisolated?: boolean;
  readonly policy?: string;
}

/** Opens a fresh page with the request in its address and waits for its answer. */
async function ask(
  request: BrowserRequest,
  { worker = false, unisolated = false, policy }: Surroundings = {},
): Promise<BrowserAnswer> {
  const browser = chromium.browser as Browser;
  const query = new URLSearchParams({ request: JSON.stringify(request) });
  if (worker) query.set("worker", "");
  if (unisolated) query.set("unisolated", "");
  if (policy !== undefined) query.set("policy", policy);
  const session = await browser.newContext();
  try {
    const page = await session.newPage();
    await page.goto(`${site.origin}/index.html?${query}`);
    await page.waitForFunction("globalThis.answer !== undefined");
    return await page.evaluate(() => (globalThis as unknown as { answer: BrowserAnswer }).answer);
  } finally {
    await session.close();
  }
}

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
    const request = { model: "nsfw", baseUrl: `${site.origin}/npm`, picture: photo } as const;
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

describe("decoding", () => {
  /** Unlike under every turn and reflection: a gradient down, another to the right. */
  const width = 24;
  const height = 16;
  const pixels = (channels: 3 | 4): Buffer =>
    Buffer.from(
      Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return [x * 10, y * 15, 128, (x * 37 + y * 11) % 256].slice(0, channels);
      }).flat(),
    );
  const picture = (channels: 3 | 4): Sharp =>
    sharp(pixels(channels), { raw: { width, height, channels } });

  const encoded = (change: (file: Buffer) => Uint8Array) => ({
    toBuffer: async () => change(await picture(3).jpeg({ quality: 95 }).toBuffer()),
  });
  /** Behind the first segment. */
  const withStray = (file: Buffer): Uint8Array => {
    const at = 4 + file.readUInt16BE(4);
    return Buffer.concat([file.subarray(0, at), new Uint8Array(18), file.subarray(at)]);
  };
  const offsetGif = writeGif({ width: 4, height: 3 }, [
    { x: 1, y: 1, width: 2, height: 1, pixels: [1, 3] },
  ]);

  // Lossless and opaque: the same. With alpha: a canvas multiplies by alpha and rounds, then lays
  // over the background and rounds again. JPEG: the inverse cosine transform may differ by a step,
  // which conversion from chroma can double.
  it.each([
    ["an opaque PNG", () => picture(3).png(), 0],
    ["a PNG with alpha", () => picture(4).png(), 1],
    ["a grey PNG", () => picture(3).greyscale().png(), 0],
    ["a lossless WebP with alpha", () => picture(4).webp({ lossless: true, exact: true }), 1],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(
      (orientation) =>
        [
          `a JPEG of EXIF orientation ${orientation}`,
          () =>
            picture(3)
              .withMetadata({ orientation })
              .jpeg({ quality: 95, chromaSubsampling: "4:4:4" }),
          2,
        ] as const,
    ),
    ["a JPEG with stray bytes between segments", () => encoded(withStray), 2],
    ["a JPEG without its last marker", () => encoded((file) => file.subarray(0, -2)), 2],
    [
      "a GIF whose first frame does not cover its canvas",
      () => ({ toBuffer: async () => offsetGif }),
      0,
    ],
  ] as const)("gives %s the pixels that Node gives it", async (_, make, tolerance) => {
    const bytes = await make().toBuffer();
    files.set("/picture", bytes);
    const received = await ask({ kind: "decode", picture: "/picture" });
    const expected = await decodeImage(bytes);
    expect(received).toMatchObject({
      kind: "pixels",
      width: expected.width,
      height: expected.height,
    });
    if (received.kind !== "pixels") throw new Error(received.kind);
    const difference = received.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(Math.max(...difference)).toBeLessThanOrEqual(tolerance);
  });

  /** A photograph's edges, encoded. */
  const large = async (orientation: number, progressive = false): Promise<Buffer> =>
    await sharp(await readFile("examples/images/rocket.jpg"))
      .resize(1600, 1000)
      .withMetadata({ orientation })
      .jpeg({ quality: 95, progressive })
      .toBuffer();

  it.each([
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(
      (orientation) => [orientation, { width: 200, height: 100 }] as const,
    ),
    [1, { width: 100, height: 120 }],
    [6, { width: 300, height: 300 }],
    [1, { width: 790, height: 400 }],
  ] as const)(
    "a large JPEG of orientation %i as a copy, as Node does",
    async (orientation, least) => {
      const bytes = await large(orientation);
      files.set("/picture", bytes);
      const received = await ask({ kind: "decode", picture: "/picture", least });
      const expected = await decodeImage(bytes, { least: () => least });
      if (received.kind !== "pixels") throw new Error(JSON.stringify(received));
      const { width, height, original } = expected;
      expect(received).toMatchObject({ width, height, original });
      // Two ways to average: edges differ by more than areas.
      const differences = received.data.map((value, i) => Math.abs(value - expected.data[i]!));
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      expect(mean).toBeLessThan(3);
    },
  );

  it("a JPEG that was cut short is refused, as a copy too", async () => {
    for (const progressive of [false, true]) {
      const bytes = await large(1, progressive);
      files.set("/picture", bytes.subarray(0, bytes.length * 0.6));
      for (const least of [undefined, { width: 200, height: 100 }]) {
        const request = { kind: "decode", picture: "/picture", ...(least && { least }) } as const;
        const received = await ask(request);
        expect(received).toMatchObject({
          kind: "error",
          message: expect.stringMatching(/damaged/),
        });
      }
    }
  });

  it("a picture of many bands whole, as Node does", async () => {
    const shape = { width: 2500, height: 3400 };
    const data = Buffer.alloc(shape.width * shape.height * 3).map((_, i) => (i * 7) ^ (i >> 9));
    const bytes = await sharp(data, { raw: { ...shape, channels: 3 } })
      .png()
      .toBuffer();
    files.set("/picture", bytes);
    const received = await ask({ kind: "decode", picture: "/picture", digest: true });
    expect(received).toEqual({ kind: "digest", ...shape, digest: await digestOf(data) });
  });

  it("what claims to be too large is refused before the browser decodes it", async () => {
    const { width, height } = { width: 70_000, height: 10 };
    const tall = await sharp({ create: { width, height, channels: 3, background: "teal" } })
      .tiff({ compression: "deflate" })
      .toBuffer();
    const avif = await sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } })
      .avif({ effort: 0 })
      .toBuffer();
    avif.writeUInt32BE(90_000, avif.indexOf("ispe") + 8);
    for (const bytes of [tall, avif]) {
      files.set("/picture", bytes);
      const received = await ask({ kind: "decode", picture: "/picture" });
      expect(received).toMatchObject({
        kind: "error",
        message: expect.stringMatching(/too large.*maxEdge/),
      });
    }
  });
});
