/**
 * What the server hands out of its models: the layout of `models export`, as the loaders of pages ask for
 * it, and of the disk nothing else.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { exportModel, writeManifest } from "../../src/cli/export-models.ts";
import { pull } from "../../src/hub/pull-node.ts";
import { hubRecords } from "../../src/hub/records.ts";
import { resolveModel } from "../../src/hub/source-browser.ts";
import type { ExportedModel } from "../../src/json/manifest-node.ts";
import { type ModelWithFiles, readModels } from "../../src/server/read-models-node.ts";
import { handedOutWeights, isHandedOut } from "../../src/server/weights-node.ts";
import { smallModelFiles, smallResolution } from "../browser/models.ts";
import { root } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { classifier } from "../off-thread/models.ts";
import { type Listening, listen } from "./listen.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const { put, at } = dataFolder("file");
const tflite = readFileSync(join(root, "models/cifar10.tflite"));
const shipped = hubRecords.find(({ name }) => name === "cifar10")!;
const signal = new AbortController().signal;

let models: readonly ModelWithFiles[];
let app: OpenedApp;
let server: Listening;
const warnings: string[] = [];

beforeAll(async () => {
  for (const [name, bytes] of smallModelFiles()) await put(`flowers/${name}`, bytes);
  await put("flowers/labels.txt", "ant\nbee\ncat\ndog\neel\n");
  await put("flowers/secret.txt", "nobody's business");
  await put("own file.tflite", tflite);
  models = [
    ...(await readModels(["cifar10", at("own file.tflite")], {})),
    ...(await readModels([at("flowers")], { resolution: smallResolution })),
  ];
  const weights = handedOutWeights(models, (message) => warnings.push(message));
  app = await openApp({ models: [classifier()], weights });
  server = await listen(app);
});
afterAll(async () => {
  await server.close();
  app.close();
});
afterEach(() => {
  vi.unstubAllGlobals();
  warnings.length = 0;
});

type Manifest = { readonly format: number; readonly models: readonly ExportedModel[] };

async function manifest(): Promise<Manifest> {
  return (await (await app.fetch("/models/manifest.json")).json()) as Manifest;
}

describe("the list of weights", () => {
  it("has of a model of the hub what models export writes", async () => {
    const folder = at("exported");
    const { name, licence, architecture } = shipped;
    const about = { name, licence, task: architecture.task };
    const exported = await exportModel(folder, about, await pull(shipped), signal);
    await writeManifest(folder, [exported], undefined, signal);
    const written = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
    const { format, models: list } = await manifest();
    expect([format, list[0]]).toEqual([written.format, written.models[0]]);
  });

  it("has of a model by its path what it was read from, and which of it to load", async () => {
    const { models: list } = await manifest();
    const found = list.find(({ name }) => name === "flowers");
    expect(found).toMatchObject({ name: "flowers", main: "flowers/model.json" });
    expect(found?.files.map(({ path }) => path).sort()).toEqual([
      ...["flowers/labels.txt", "flowers/model.json", "flowers/weights.bin"],
    ]);
    expect(list.find(({ name }) => name === "own file.tflite")).toMatchObject({
      main: "own file.tflite/own file.tflite",
    });
  });

  it("is empty where nothing is handed out", async () => {
    const bare = await openApp({ models: [classifier()] });
    expect((await bare.fetch("/models/manifest.json")).status).toBe(404);
    bare.close();
    const weights = handedOutWeights([{ ...models[0]!, files: [] }], () => {});
    expect([...weights.keys()]).toEqual(["/models/manifest.json"]);
  });

  it("has no model of another server, which only passes through this one", async () => {
    const address = `${server.origin}/models/own%20file.tflite/own%20file.tflite`;
    const [model] = await readModels([address], {});
    expect(model).toMatchObject({ verbs: ["classify", "embed"], files: [] });
    expect(isHandedOut(model!)).toBe(false);
  });

  it.each(["a%2fb", "a?b", "a#b", "a\\b", "a\nb", ".."])("leaves out the name %j", (name) => {
    const { files } = models[0]!;
    expect([isHandedOut({ name, files }), isHandedOut({ name: "a (b) ü", files })]).toEqual([
      ...[false, true],
    ]);
  });
});

describe("a file of weights", () => {
  it("comes whole with its hash and length, and HEAD tells of it", async () => {
    for (const { files } of (await manifest()).models) {
      for (const { path, bytes, sha256 } of files) {
        const response = await fetch(`${server.origin}/models/${path}`);
        const body = new Uint8Array(await response.arrayBuffer());
        expect(createHash("sha256").update(body).digest("hex")).toBe(sha256);
        const { headers } = response;
        expect({ status: response.status, ...Object.fromEntries(headers) }).toMatchObject({
          ...{ status: 200, etag: `"${sha256}"`, "content-length": `${bytes}` },
          ...{ "cache-control": "no-cache", "cross-origin-resource-policy": "same-origin" },
          "x-content-type-options": "nosniff",
        });
        const head = await fetch(response.url, { method: "HEAD" });
        expect([head.status, head.headers.get("ETag"), head.headers.get("Content-Length")]).toEqual(
          [200, `"${sha256}"`, `${bytes}`],
        );
        expect(await head.text()).toBe("");
      }
    }
  });

  it("is not sent again to who has it", async () => {
    const path = "/models/cifar10/cifar10.tflite";
    const etag = (await app.fetch(path)).headers.get("ETag")!;
    for (const known of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) {
      const response = await fetch(server.origin + path, { headers: { "If-None-Match": known } });
      expect([response.status, await response.text()]).toEqual([304, ""]);
      expect(response.headers.get("ETag")).toBe(etag);
      expect(response.headers.get("Cache-Control")).toBe("no-cache");
    }
    const other = await app.fetch(path, { headers: { "If-None-Match": '"other"' } });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  });

  it("has a method", async () => {
    const response = await app.fetch("/models/manifest.json", { method: "POST", body: "x" });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("wants the key where there is one", async () => {
    const weights = handedOutWeights(models, () => {});
    const keyed = await openApp({ models: [classifier()], weights, apiKey: "secret" });
    const paths = ["/models/manifest.json", "/models/cifar10/cifar10.tflite", "/models/other"];
    for (const path of paths) expect((await keyed.fetch(path)).status).toBe(401);
    const headers = { Authorization: "Bearer secret" };
    const statuses = paths.map(async (path) => (await keyed.fetch(path, { headers })).status);
    expect(await Promise.all(statuses)).toEqual([200, 200, 404]);
    keyed.close();
  });
});

describe("loaders of pages", () => {
  it("find a model of the hub by baseUrl", async () => {
    const model = await resolveModel("cifar10", { baseUrl: `${server.origin}/models` });
    expect(model.labels).toEqual(models.find(({ name }) => name === "cifar10")?.model.labels);
  });

  it("find another by the address of its main file", async () => {
    const { models: list } = await manifest();
    for (const name of ["flowers", "own file.tflite"]) {
      const { main } = list.find((model) => model.name === name)!;
      const options = name === "flowers" ? { resolution: smallResolution } : {};
      const model = await resolveModel(`${server.origin}/models/${main}`, options);
      expect(model.task).toBe("classify");
    }
  });
});

describe("a file that is another by now", () => {
  const place = () => at("flowers/weights.bin");
  const path = "/models/flowers/weights.bin";
  let bytes: Buffer;
  beforeAll(() => {
    bytes = readFileSync(place());
  });
  afterEach(() => writeFileSync(place(), bytes));

  const damage = (): void => {
    const damaged = Buffer.from(bytes);
    damaged[1000] = damaged[1000]! ^ 1;
    writeFileSync(place(), damaged);
  };

  const becomeFolder = (): void => {
    rmSync(place());
    mkdirSync(place());
  };

  it.each([
    ["of the same size", damage],
    ["of another size", () => writeFileSync(place(), "short")],
    ["gone", () => rmSync(place())],
    ["a folder", becomeFolder],
  ])("%s is the server's failure, until it is there again", async (_, change) => {
    change();
    const response = await app.fetch(path);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(at(""));
    expect(app.logs.at(-1)).toMatchObject({ status: 500, code: "integrity" });
    rmSync(place(), { recursive: true, force: true });
    writeFileSync(place(), bytes);
    const again = await fetch(server.origin + path);
    expect(Buffer.compare(Buffer.from(await again.arrayBuffer()), bytes)).toBe(0);
  });

  it("while it is sent does not come whole, and nobody is told where it lies", async () => {
    const response = await app.fetch(path);
    expect(response.status).toBe(200);
    damage();
    let received = 0;
    const read = async (): Promise<void> => {
      for await (const piece of response.body as AsyncIterable<Uint8Array>)
        received += piece.length;
    };
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "integrity" });
    expect([received > 0, received < bytes.length]).toEqual([true, true]);
    expect(String(error)).not.toContain(at(""));
    expect(warnings).toEqual([expect.stringMatching(/broken off: .*changed since the server/)]);
  });
});

describe("no path leads elsewhere", () => {
  it.each([
    ...["/models/flowers/secret.txt", "/models/flowers", "/models/flowers/", "/models/"],
    ...["/models/../package.json", "/models/flowers/../../package.json", "/models//etc/passwd"],
    ...["/models/%2e%2e/package.json", "/models/flowers%2f..%2fsecret.txt", "/models/%00", "/%"],
    ...["/models/..%5c..%5cpackage.json", "/models/flowers/%252e%252e/secret.txt", "//etc/passwd"],
    ...["/models/file:///etc/passwd", "/models/%c0%ae%c0%ae/etc"],
  ])("%s is nothing", async (path) => {
    const answer = await server.raw([`GET ${path} HTTP/1.1`]);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('"code":"not-found"');
  });

  it("and a backslash is no part of an address", async () => {
    const answer = await server.raw(["GET /models/flowers\\secret.txt HTTP/1.1"]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("but every way of writing one that is known", async () => {
    for (const path of [
      "/models/cifar%31%30/cifar10.tflite",
      "/models/x/../cifar10/cifar10.tflite",
    ])
      expect(await server.raw([`HEAD ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 200 /);
  });
});
