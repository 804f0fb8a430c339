/** The page that the server hands out: its files, how they are kept and coded, and under which policies. */
import { mkdirSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadServerPackages } from "../../src/disk/packages-node.ts";
import { appHeaders, readApp } from "../../src/server/app-files-node.ts";
import { dataFolder } from "../data-folder.ts";
import { classifier } from "../off-thread/models.ts";
import { type Listening, listen } from "./listen.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const { put, at } = dataFolder("file");
const script = `const lines = [${"'one and the same line', ".repeat(200)}];`;
const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 7919) >> 5);

let app: OpenedApp;
let server: Listening;

beforeAll(async () => {
  await put("web/index.html", `<!doctype html><title>a page</title>${"<p>text".repeat(400)}`);
  await put("web/sw.js", "self.addEventListener('fetch', () => {});");
  await put("web/manifest.webmanifest", { name: "a page" });
  await put("web/assets/index-C3po_R2d.js", script);
  await put("web/assets/kernels-Bb8aB1cD.wasm", noise);
  await put("web/assets/plain-names.js", "1;");
  await put("web/icons/icon-192.png", noise);
  await put("web/.secret", "hidden");
  await put("web/.git/config", "hidden");
  mkdirSync(at("web/empty.js"));
  await put("web/engine.json", { folder: "engine", files: ["library.js", "parts/part.js"] });
  await put("library.js", "export {};");
  await put("parts/part.js", "export {};");
  await put("secret.txt", "beside the page");
  const page = await readApp(at("web"), await loadServerPackages());
  app = await openApp({ models: [classifier()], page, apiKey: "secret" });
  server = await listen(app);
});
afterAll(async () => {
  await server.close();
  app.close();
});

/** Asks without what `fetch` undoes by itself. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  const response = await app.fetch(path, { headers, method });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
}

const year = "public, max-age=31536000, immutable";

describe("a file of the page", () => {
  it.each([
    ["/", "text/html; charset=utf-8", "no-cache"],
    ["/index.html", "text/html; charset=utf-8", "no-cache"],
    ["/sw.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/manifest.webmanifest", "application/manifest+json", "no-cache"],
    ["/assets/index-C3po_R2d.js", "text/javascript; charset=utf-8", year],
    ["/assets/kernels-Bb8aB1cD.wasm", "application/wasm", year],
    ["/assets/plain-names.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/icons/icon-192.png", "image/png", "no-cache"],
    ["/engine/library.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/engine/parts/part.js", "text/javascript; charset=utf-8", "no-cache"],
  ])("%s is %s, kept as %s says", async (path, type, kept) => {
    const response = await fetch(server.origin + path);
    const { length } = Buffer.from(await response.arrayBuffer());
    expect([response.status, length > 0]).toEqual([200, true]);
    expect(response.headers.get("Content-Type")).toBe(type);
    expect(response.headers.get("Cache-Control")).toBe(kept);
    const head = await fetch(server.origin + path, { method: "HEAD" });
    expect([head.status, head.headers.get("ETag")]).toEqual([200, response.headers.get("ETag")]);
  });

  it("needs no key, as its data do", async () => {
    for (const path of ["/", "/assets/index-C3po_R2d.js"])
      expect((await app.fetch(path)).status).toBe(200);
    expect((await app.fetch("/v1/models")).status).toBe(401);
    expect((await app.fetch("/models/manifest.json")).status).toBe(401);
  });

  it("is isolated, and runs nothing but its own scripts and WebAssembly", async () => {
    for (const path of ["/", "/sw.js", "/assets/index-C3po_R2d.js"]) {
      const { headers } = await app.fetch(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy":
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(self)",
        "x-content-type-options": "nosniff",
      });
    }
    expect(Object.keys(appHeaders)).toHaveLength(6);
  });

  it.each([
    ...[
      "/.secret",
      "/.git/config",
      "/empty.js",
      "/engine.json",
      "/../secret.txt",
      "/%2e%2e/secret.txt",
    ],
    ...["/assets/../../secret.txt", "/assets", "/assets/", "/index.htm"],
  ])("%s is none", async (path) => {
    expect(await server.raw([`GET ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("takes GET", async () => {
    for (const path of ["/", "/sw.js"]) {
      const { response } = await ask(path, {}, "POST");
      expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
    }
  });
});

describe("a file that codings make smaller", () => {
  const path = "/assets/index-C3po_R2d.js";
  const same = (bytes: Buffer): Buffer => bytes;

  it.each([
    ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
    ["br;q=0.5, gzip;q=1", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0, gzip", "gzip", gunzipSync],
    ["deflate", null, same],
    ["identity", null, same],
    ["", null, same],
    ["gzip;q=0", null, same],
    [";;,q=,\u00e9", null, same],
  ])("goes to who takes %j as %s", async (given, encoding, decode) => {
    const { response, body } = await ask(path, { "Accept-Encoding": given });
    expect(response.headers.get("Content-Encoding")).toBe(encoding);
    expect(response.headers.get("Vary")).toBe("Accept-Encoding");
    expect(response.headers.get("Content-Length")).toBe(`${body.length}`);
    expect(decode(body).toString()).toBe(script);
    if (encoding !== null) expect(body.length).toBeLessThan(script.length / 2);
  });

  it("has a tag for each form, by which it is known", async () => {
    const tags = await Promise.all(
      ["br", "gzip", "identity"].map(async (given) => {
        const headers = { "Accept-Encoding": given };
        const { response } = await ask(path, headers);
        const tag = response.headers.get("ETag")!;
        const again = await ask(path, { ...headers, "If-None-Match": tag });
        expect([again.response.status, again.body.length]).toEqual([304, 0]);
        return tag;
      }),
    );
    expect(new Set(tags).size).toBe(3);
    const other = await ask(path, { "Accept-Encoding": "br", "If-None-Match": tags[1]! });
    expect(other.response.status).toBe(200);
  });

  it("is no picture, and nothing that is smaller as it is", async () => {
    for (const path of ["/icons/icon-192.png", "/assets/kernels-Bb8aB1cD.wasm", "/sw.js"]) {
      const { response } = await ask(path, { "Accept-Encoding": "br, gzip" });
      expect(response.headers.get("Content-Encoding")).toBeNull();
      expect(response.headers.get("Vary")).toBeNull();
    }
  });
});

describe("a server without a page", () => {
  it("leads to what there is for people, below whatever path a proxy has it", async () => {
    expect((await readApp(at("nowhere"), await loadServerPackages())).size).toBe(0);
    const bare = await openApp({ models: [classifier()] });
    const response = await bare.fetch("/");
    expect([response.status, response.headers.get("Location")]).toEqual([302, "docs"]);
    expect((await bare.fetch("/index.html")).status).toBe(404);
    bare.close();
  });
});

describe("figures", () => {
  it("know the page and the weights as one route each, and unknown paths as another", async () => {
    await app.fetch("/assets/index-C3po_R2d.js");
    await app.fetch("/nowhere/at/all");
    const { body } = await ask("/metrics", { Authorization: "Bearer secret" });
    const routes = [...body.toString().matchAll(/requests_total\{route="([^"]*)"/g)];
    const names = new Set(routes.map(([, name]) => name));
    expect([...names].filter((name) => !name?.startsWith("/v1"))).toEqual(["/*", "other"]);
  });
});
