import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { verify } from "./cache-node.ts";
import { modelFolders } from "./local-files-node.ts";
import type { DownloadProgress } from "./progress.ts";
import { pull } from "./pull-node.ts";
import type { NpmRecord, UrlRecord } from "./record.ts";
import { hubRecords } from "./records.ts";
import { coralRecords } from "./records-coral.ts";
import { pullInBrowser } from "./source-browser.ts";

const weights = Buffer.concat(
  Array.from({ length: 3_000 }, (_, i) => createHash("sha256").update(`${i}`).digest()),
);
const contents: Readonly<Record<string, Buffer>> = {
  "net.tflite": weights,
  "labels.txt": Buffer.from("cat\ndog\n"),
};
const files = Object.entries(contents).map(([path, bytes]) => ({
  path,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
}));

let folder: string;
let server: Server;
let requests: string[];
/** What the server does with a request for a file it has. */
let answer: (response: ServerResponse, bytes: Buffer) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-files-"));
  requests = [];
  answer = (response, bytes) => response.end(bytes);
  server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const bytes = contents[path.replace("/commit/", "")];
    if (bytes !== undefined) return answer(response, bytes);
    response.statusCode = 404;
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const record = (): UrlRecord => ({
  ...(coralRecords[0] as UrlRecord),
  name: "tiny",
  source: { kind: "url", version: "commit", baseUrl: `${origin()}/commit/`, files },
});
const options = (modelDirectories: readonly string[] = []) => ({
  cacheDirectory: join(folder, "cache"),
  modelDirectories,
});

async function failure(work: Promise<unknown>): Promise<MobileNetError> {
  const error = await work.then(
    () => new MobileNetError("internal", "the work succeeded"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

/** Everything in the record's folder of the cache. */
async function kept(): Promise<string[]> {
  return await readdir(join(folder, "cache", "tiny")).catch(() => []);
}

/** A folder of the user with some of the files. */
async function userFolder(name: string, given: Readonly<Record<string, Buffer>>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, bytes] of Object.entries(given)) await writeFile(join(path, file), bytes);
  return path;
}

describe("pull of files with addresses", () => {
  it("downloads each, with progress up to all bytes, and works offline from then on", async () => {
    const seen: DownloadProgress[] = [];
    const pulled = await pull(record(), { ...options(), onProgress: (p) => seen.push(p) });
    expect(Buffer.compare(pulled.get("net.tflite")!, weights)).toBe(0);
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(seen.at(-1)).toEqual({ name: "tiny", loadedBytes: total, totalBytes: total });
    expect(requests.toSorted()).toEqual(["/commit/labels.txt", "/commit/net.tflite"]);
    expect(await verify(record(), options())).toEqual([]);
    requests = [];
    expect((await pull(record(), { ...options(), offline: true })).size).toBe(2);
    expect(requests).toEqual([]);
  });

  it.each([
    ["other bytes", (response: ServerResponse, bytes: Buffer) => response.end(bytes.toReversed())],
    ["more bytes", (response, bytes) => response.end(Buffer.concat([bytes, bytes]))],
    ["fewer bytes", (response, bytes) => response.end(bytes.subarray(1))],
  ] satisfies [string, typeof answer][])("keeps nothing where %s come", async (_, fault) => {
    answer = fault;
    const error = await failure(pull(record(), options()));
    expect(error.code).toBe("integrity");
    expect(error.message).toContain(`${origin()}/commit/`);
    expect(await kept()).toEqual([]);
  });

  it("names the addresses, and where to put the files, if the host cannot be reached", async () => {
    const unreachable = record();
    server.close();
    const error = await failure(pull(unreachable, options()));
    expect(error.code).toBe("network");
    for (const { path } of files) {
      expect(error.message).toContain(`${unreachable.source.baseUrl}${path}`);
    }
    expect(error.message).toMatch(/Put net\.tflite, labels\.txt into a folder.*MOBILENETV2_MODELS/);
    expect(error.message).not.toContain("\n");
    expect(await kept()).toEqual([]);
  });

  it("names the model that needs no network, for what does the same", async () => {
    const imagenet = record();
    const { architecture } = hubRecords.find(({ name }) => name === "ssdlite-coco")!;
    const others = [
      { ...imagenet, architecture },
      { name: "pictures", source: imagenet.source },
    ];
    server.close();
    for (const offline of [false, true]) {
      const { message } = await failure(pull(imagenet, { ...options(), offline }));
      expect(message).toMatch(/MOBILENETV2_MODELS\. To try the program out .* the model cifar10/);
    }
    for (const other of others) {
      expect((await failure(pull(other, options()))).message).not.toContain("cifar10");
    }
  });

  it("says so where the host does not have a file, and when it may not ask", async () => {
    const gone = { ...record(), source: { ...record().source, baseUrl: `${origin()}/gone/` } };
    expect((await failure(pull(gone, options()))).code).toBe("not-found");
    requests = [];
    const error = await failure(pull(record(), { ...options(), offline: true }));
    expect(error.code).toBe("not-found");
    expect(error.message).toContain("MOBILENETV2_MODELS");
    expect(requests).toEqual([]);
  });

  it("stops when aborted and leaves nothing", async () => {
    answer = (response, bytes) => void response.write(bytes.subarray(0, 4));
    const controller = new AbortController();
    const work = pull(record(), {
      ...options(),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect((await failure(work)).code).toBe("aborted");
    expect(await kept()).toEqual([]);
  });
});

describe("folders of the user", () => {
  it("are those that the environment names", () => {
    const named = { MOBILENETV2_MODELS: ["/a", "", "b"].join(delimiter) };
    expect(modelFolders({}, named)).toEqual(["/a", "b"]);
    expect(modelFolders({}, {})).toEqual([]);
    expect(modelFolders({ modelDirectories: ["/c"] }, named)).toEqual(["/c"]);
  });

  it("serve a record without the network, and its files go into the cache", async () => {
    const damaged = await userFolder("damaged", {
      "net.tflite": Buffer.from(weights.toReversed()),
    });
    const whole = await userFolder("whole", contents);
    const offline = { ...options([damaged, join(folder, "none"), whole]), offline: true };
    const pulled = await pull(record(), offline);
    expect(Buffer.compare(pulled.get("net.tflite")!, weights)).toBe(0);
    expect(requests).toEqual([]);
    expect(await verify(record(), options())).toEqual([]);
  });

  it("serve what they have; the rest is downloaded", async () => {
    const half = await userFolder("half", { "net.tflite": weights });
    expect((await pull(record(), options([half]))).size).toBe(2);
    expect(requests).toEqual(["/commit/labels.txt"]);
  });

  it("serve where no cache can be written", async () => {
    const whole = await userFolder("whole", contents);
    await writeFile(join(folder, "cache"), "a file where the folder should be");
    expect((await pull(record(), options([whole]))).size).toBe(2);
  });

  it("serve packages' files too, below a folder with the record's name", async () => {
    const models = join(folder, "models");
    await userFolder("models/packed", contents);
    const packed: NpmRecord = {
      ...(hubRecords[0] as NpmRecord),
      name: "packed",
      source: {
        kind: "npm",
        package: "no-such-package",
        version: "1.0.0",
        integrity: "",
        tarballBytes: 1,
        files: files.map((file) => ({ ...file, path: `dist/${file.path}` })),
      },
    };
    const pulled = await pull(packed, { ...options([models]), offline: true });
    expect([...pulled.keys()]).toEqual(["dist/net.tflite", "dist/labels.txt"]);
  });
});

describe("pull of files with addresses in a browser", () => {
  it("fetches them from there and checks them", async () => {
    expect((await pullInBrowser(record())).size).toBe(2);
    answer = (response, bytes) => void response.end(bytes.toReversed());
    expect((await failure(pullInBrowser(record()))).code).toBe("integrity");
  });
});
