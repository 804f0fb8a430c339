/**
 * What `models export` writes is all that a page or a function needs: a page on a plain file server
 * loads library and weights from it and asks no other host, and so does Node from the folder.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { exportModel, exportRuntime, writeManifest } from "../../src/cli/export-models.ts";
import { findRecord } from "../../src/hub/lookup.ts";
import { pull } from "../../src/hub/pull-node.ts";
import type { HubRecord } from "../../src/hub/record.ts";
import { hubRecords } from "../../src/hub/records.ts";
import { pullInBrowser } from "../../src/hub/source-browser.ts";
import { loadClassifier } from "../../src/index.ts";
import { mobilenetv2, root } from "../cli/program.ts";
import { type Chromium, requireBrowser, startChromium } from "./chromium.ts";

const types: Readonly<Record<string, string>> = { js: "text/javascript", html: "text/html" };
const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
const signal = AbortSignal.timeout(600_000);

let folder: string;
let server: Server;
let origin: string;
let chromium: Chromium;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
  server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://host").pathname);
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    response.setHeader("content-type", types[path.split(".").at(-1) ?? ""] ?? "");
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  chromium = await startChromium();
});

afterAll(async () => {
  await chromium.browser?.close();
  server.close();
  await rm(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("models export", () => {
  it("writes files whose hashes its manifest has, and adds to what is there", async () => {
    const one = join(folder, "one");
    for (const names of [["cifar10"], ["cifar10", "--json"]]) {
      const { code, stderr } = await mobilenetv2(["models", "export", one, ...names]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    const manifest = JSON.parse(await readFile(join(one, "manifest.json"), "utf8"));
    expect(manifest.models.map(({ name }: { name: string }) => name)).toEqual(["cifar10"]);
    const [file] = manifest.models[0].files;
    const bytes = await readFile(join(one, file.path));
    const hash = (name: string) => createHash(name).update(bytes);
    expect(file).toEqual({
      path: "cifar10/cifar10.tflite",
      bytes: bytes.length,
      sha256: hash("sha256").digest("hex"),
      integrity: `sha384-${hash("sha384").digest("base64")}`,
    });
    const all = await readdir(one, { recursive: true });
    expect(all.toSorted()).toEqual(["cifar10", "cifar10/cifar10.tflite", "manifest.json"]);
  });

  it("refuses to replace a manifest that is somebody else's", async () => {
    const other = await mkdtemp(join(folder, "other-"));
    await writeFile(join(other, "manifest.json"), '{"name": "my page"}');
    const { code, stderr } = await mobilenetv2(["models", "export", other, "cifar10"]);
    expect(code).toBe(1);
    expect(stderr).toContain("another file has the name of the manifest");
    expect(await readdir(other)).toEqual(["manifest.json"]);
  });

  it("is refused without a folder or a name", async () => {
    expect((await mobilenetv2(["models", "export"])).code).toBe(2);
    expect((await mobilenetv2(["models", "export", join(folder, "none")])).code).toBe(2);
  });
});

describe("an exported folder", () => {
  it("is all that a page asks for", async (context) => {
    requireBrowser(chromium, context);
    if (!existsSync(join(root, "dist/page/mobilenetv2.min.js"))) context.skip("dist is not built");
    const page = join(folder, "page");
    const record = findRecord("cifar10");
    const model = await exportModel(page, record, await pull(record), signal);
    const runtime = await exportRuntime(page, signal);
    await writeManifest(page, [model], runtime, signal);
    await writeFile(
      join(page, "index.html"),
      `<script type="module">
        import { loadClassifier } from "./${runtime.entry}";
        const picture = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
        window.answer = (async () => {
          const options = { baseUrl: "./", worker: "./${runtime.worker}" };
          const classifier = await loadClassifier("cifar10", options);
          return { description: classifier.description, best: (await classifier.classify(picture))[0] };
        })().catch((error) => ({ description: String(error) }));
      </script>`,
    );
    const tab = await (await chromium.browser?.newContext())?.newPage();
    const others: string[] = [];
    tab?.on("request", (request) => {
      if (!request.url().startsWith(origin)) others.push(request.url());
    });
    await tab?.goto(`${origin}/page/index.html`);
    const answer = await tab?.evaluate(
      () =>
        (window as unknown as { answer: Promise<{ description: string; best: object }> }).answer,
    );
    expect(answer?.description).toMatch(/in a worker$/);
    const classifier = await loadClassifier("cifar10");
    const [best] = await classifier.classify(grey);
    classifier.dispose();
    expect(answer?.best).toMatchObject({ label: best?.label });
    expect(others).toEqual([]);
  });
});

/** A record like that of each kind, whose one file is small. */
const bytes = new TextEncoder().encode("weights");
const sha256 = createHash("sha256").update(bytes).digest("hex");
const files = [{ path: "deep/w.bin", bytes: bytes.length, sha256 }];
const tiny: readonly HubRecord[] = ["npm", "url", "shipped"].map((kind) => {
  const record = hubRecords.find(({ source }) => source.kind === kind) as HubRecord;
  return { ...record, name: `tiny-${kind}`, source: { ...record.source, files } } as HubRecord;
});

describe("a loader with a baseUrl", () => {
  it.each(tiny)("asks no other host for $name in a page", async (record) => {
    const place = join(folder, "hosted");
    await exportModel(place, record, new Map([["deep/w.bin", bytes]]), signal);
    const asked: string[] = [];
    const real = fetch;
    vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
      asked.push(new URL(url).host);
      return real(url, init);
    });
    const pulled = await pullInBrowser(record, { baseUrl: `${origin}/hosted` });
    expect(pulled.get("deep/w.bin")).toEqual(bytes);
    expect(new Set(asked)).toEqual(new Set([new URL(origin).host]));
  });

  it.each(tiny.slice(0, 2))("asks no other host for $name in Node", async (record) => {
    const place = join(folder, "hosted");
    await exportModel(place, record, new Map([["deep/w.bin", bytes]]), signal);
    const cacheDirectory = join(folder, "cache", record.name);
    const options = { cacheDirectory, modelDirectories: [], baseUrl: `${origin}/hosted/` };
    expect((await pull(record, options)).get("deep/w.bin")).toEqual(bytes);
    // From the folder itself there is no host at all.
    const fromFolder = { offline: true, modelDirectories: [place] };
    const again = { ...fromFolder, cacheDirectory: join(folder, "cache", "empty") };
    expect((await pull(record, again)).get("deep/w.bin")).toEqual(bytes);
  });

  it("is told in Node that a folder is none", async () => {
    const options = { cacheDirectory: join(folder, "cache"), baseUrl: "./hosted" };
    await expect(
      pull(tiny[0] as HubRecord, { ...options, modelDirectories: [] }),
    ).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/modelDirectories/),
    });
  });
});
