import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { packTarball } from "../../test/tarball.ts";
import { MobileNetError } from "../errors.ts";
import { ByteBudget } from "../formats/reading.ts";
import { openPicture } from "../tasks/open-picture-browser.ts";
import { connect } from "./connection-node.ts";
import { downloadPackage } from "./fetch-node.ts";
import { parseUrl, webSource } from "./fetch-url.ts";
import { hostedFolder } from "./hosted.ts";
import { unknownSource } from "./lookup.ts";
import { findNamedWeights } from "./named-weights.ts";
import { expandHome, loadNpmSettings, registryOf } from "./npm-settings-node.ts";
import { pullNamed } from "./pull-named-node.ts";
import { hostedUrl } from "./pull-node.ts";
import type { HubRecord, NpmPublished } from "./record.ts";
import { pullInBrowser } from "./source-browser.ts";
import { bareAddress, shownAddress } from "./web-address.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<{ server: Server; host: string }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A server that answers nothing but refusals, and whom it was asked by. */
async function refusing(status: number): Promise<{ host: string; seen: unknown[] }> {
  const seen: unknown[] = [];
  const { host } = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(status).end("{}");
  });
  return { host, seen };
}

async function failure(work: Promise<unknown>): Promise<MobileNetError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MobileNetError);
  return error as MobileNetError;
}

function thrown(work: () => unknown): MobileNetError {
  try {
    work();
  } catch (error) {
    return error as MobileNetError;
  }
  throw new Error("nothing was thrown");
}

/** Everything that an error tells, its causes too. */
function toldBy(error: unknown): string {
  const own = JSON.stringify(error) + (error instanceof Error ? (error.stack ?? "") : "");
  return error instanceof Error && error.cause !== undefined ? own + toldBy(error.cause) : own;
}

const basic = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
const few = { "fetch-retries": "0" };
const record = (tarball: Buffer): NpmPublished => ({
  name: "tiny",
  source: {
    kind: "npm",
    package: "tiny-weights",
    version: "1.0.0",
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
    tarballBytes: tarball.length,
    files: [{ path: "w", bytes: 2, sha256: createHash("sha256").update("{}").digest("hex") }],
  },
});

describe("an address with a token in its query", () => {
  it("is in no message, progress or name, whoever asks", async () => {
    const { host } = await refusing(403);
    const token = "s3cret";
    for (const path of ["model.json", "model.tflite"]) {
      const address = `http://${host}/${path}?token=${token}`;
      const source = webSource(address);
      expect(source.place(path)).not.toContain(token);
      const error = await failure(source.read(path, new ByteBudget(1000), undefined));
      expect(error.message).toContain(`http://${host}/${path}?…: `);
      expect(JSON.stringify(error)).not.toContain(token);
      expect(JSON.stringify(unknownSource(address))).not.toContain(token);
      expect(JSON.stringify(await failure(openPicture(address)))).not.toContain(token);
    }
  });

  it("is hidden in whatever an error is told, its cause too", () => {
    const text = "at https://ada:s3cret@example.org/a?token=s3cret, and (http://h/#s3cret)";
    const facts = { node: text, expected: text, received: text, remedy: text };
    const error = new MobileNetError("network", text, { ...facts, cause: new Error(text) });
    expect(error.message).toMatch(/^at https:\/\/example\.org\/a\?…, and \(http:\/\/h\/#…\): /);
    expect(JSON.stringify(error)).not.toContain("s3cret");
  });
});

describe("an address with a password", () => {
  it.each([
    ["https://bob:s3cret@h/a?b=1", "https://h/a?…"],
    ["https://h/a?token=s3cret", "https://h/a?…"],
    ["https://h/a#s3cret", "https://h/a#…"],
    ["http://bob@h/", "http://h/"],
    ["http:bob:s3cret@h/", "http://h/"],
    ["http://bob:s3cret@[", "http://["],
    ["http://bob:s3/cr@et@h:x/", "http://h:x/"],
    ["//bob:s3cret@h/a", "//h/a"],
    ["//h/a@2x.png", "//h/a@2x.png"],
    ["ftp://bob:s3cret@h/a", "ftp://h/a"],
    ["https://h/@scope/a", "https://h/@scope/a"],
    ["models/a@b", "models/a@b"],
  ])("is shown without it: %s", (address, shown) => {
    expect(shownAddress(address)).toBe(shown);
  });

  it("asks with a header, whatever the letters", () => {
    const { url, authorization } = bareAddress(new URL("http://b%C3%A9:50%@h/a"));
    expect(url.href).toBe("http://h/a");
    expect(authorization).toBe(`Basic ${Buffer.from("bé:50%").toString("base64")}`);
  });

  it("is a registry that knows the user, and tells tarballs elsewhere on it", async () => {
    const tarball = packTarball({ w: Buffer.from("{}") });
    const seen: unknown[] = [];
    const { host } = await serve((request, response) => {
      seen.push([request.url, request.headers.authorization]);
      if (request.url === "/other.tgz") response.end(tarball);
      else if (request.url?.endsWith(".tgz")) response.writeHead(404).end();
      else {
        const dist = { tarball: `http://${host}/other.tgz` };
        response.end(JSON.stringify({ versions: { "1.0.0": { dist } } }));
      }
    });
    const npmSettings = { ...few, registry: `http://bob:s3cret@${host}/npm` };
    expect((await downloadPackage(record(tarball), { npmSettings })).size).toBe(1);
    expect(seen).toEqual([
      ["/npm/tiny-weights/-/tiny-weights-1.0.0.tgz", basic],
      ["/npm/tiny-weights", basic],
      ["/other.tgz", basic],
    ]);
  });

  it.each([404, 401, 200])("is in no message of a registry that answers %i", async (status) => {
    const { host, seen } = await refusing(status);
    const npmSettings = { ...few, registry: `http://bob:s3cret@${host}/` };
    const error = await failure(
      downloadPackage(record(packTarball({ w: Buffer.from("{}") })), { npmSettings }),
    );
    expect(toldBy(error)).not.toMatch(/s3cret|bob/);
    expect(seen[0]).toBe(basic);
  });

  it("is in no message or name of a model's own address, a mirror's or a base", async () => {
    const { host, seen } = await refusing(404);
    const address = `http://bob:s3cret@${host}/model.tflite`;
    const source = webSource(address);
    expect(source.place?.("model.tflite")).toBe(`http://${host}/model.tflite`);
    const hub = { name: "tiny", source: record(Buffer.alloc(1)).source } as unknown as HubRecord;
    const base = `http://bob:s3cret@${host}/m`;
    const cacheDirectory = join(tmpdir(), "mobilenetv2-never-written");
    const npmSettings = few;
    const errors = [
      await failure(source.read("model.tflite", new ByteBudget(9), undefined)),
      await failure(pullInBrowser(hub, { baseUrl: base })),
      await failure(pullInBrowser(hub, { weightsUrls: { npm: base } })),
      await failure(
        pullNamed(findNamedWeights("hf:a/b", { weightsUrls: { hf: base } }), {
          cacheDirectory,
          npmSettings,
        }),
      ),
      thrown(() => parseUrl("http://bob:s3cret@[")),
      thrown(() => hostedUrl("a", { baseUrl: "ftp://bob:s3cret@h/" })),
      unknownSource("ftp://bob:s3cret@h/a.tflite"),
    ];
    for (const error of errors) expect(toldBy(error)).not.toContain("s3cret");
    expect(new Set(seen)).toEqual(new Set([basic]));
  });

  it("may be a proxy's, with a percent sign in it", async () => {
    const seen: unknown[] = [];
    const { host } = await serve((request, response) => {
      seen.push(request.headers["proxy-authorization"]);
      response.end("weights");
    });
    const { get } = await connect({ npmSettings: { ...few, proxy: `http://bob:5%@${host}` } }, {});
    await get(new URL("http://weights.example.org/"), new ByteBudget(9), {});
    expect(seen).toEqual([`Basic ${Buffer.from("bob:5%").toString("base64")}`]);
  });
});

describe("the address of a folder", () => {
  it("gets its slash at the end of its path", () => {
    expect(hostedFolder("http://h/m", "hf:a/b")).toBe("http://h/m/hf/a/b/");
    expect(hostedFolder("http://h/m//", "nsfw")).toBe("http://h/m/nsfw/");
    expect(registryOf({ registry: "http://h/x" }, "a")).toBe("http://h/x/");
  });

  it.each(["http://h/m?v=1", "http://h/m/?token=abc", "http://h/m#a", "http://h/m?", "nowhere"])(
    "is refused by its setting's name: %s",
    (address) => {
      const hub = { name: "a", source: record(Buffer.alloc(1)).source } as unknown as HubRecord;
      const refusals = [
        ["baseUrl", thrown(() => hostedFolder(address, "nsfw"))],
        ["npm's setting registry", thrown(() => registryOf({ registry: address }, "a"))],
        ["@a:registry", thrown(() => registryOf({ "@a:registry": address }, "@a/b"))],
        [
          "weightsUrls.keras",
          thrown(() =>
            findNamedWeights("keras:mobilenet_v2_1.0_224", { weightsUrls: { keras: address } }),
          ),
        ],
      ] as const;
      for (const [name, error] of refusals) {
        expect(error.code).toBe("invalid-argument");
        expect(error.message).toContain(name);
      }
      return expect(pullInBrowser(hub, { weightsUrls: { npm: address } })).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringContaining("weightsUrls.npm"),
      });
    },
  );
});

describe("a path in npm's settings", () => {
  it.each(["cafile", "certfile", "keyfile"])("is named where %s has no file", async (name) => {
    const { host, seen } = await refusing(404);
    const here = import.meta.filename;
    const place = name === "cafile" ? "" : `//${host}/:`;
    const certificate = { [`//${host}/:certfile`]: here, [`//${host}/:keyfile`]: here };
    const npmSettings = {
      ...few,
      registry: `http://${host}/`,
      ...(place !== "" && certificate),
      [`${place}${name}`]: "/nowhere/at-all.pem",
    };
    const error = await failure(downloadPackage(record(Buffer.alloc(1)), { npmSettings }));
    expect(error.code).toBe("invalid-argument");
    expect(error.message).toContain(`setting ${name} `);
    expect(error.message).toContain("at-all.pem");
    expect(seen).toEqual([]);
  });

  it("may begin in the user's folder", async () => {
    const home = await mkdtemp(join(tmpdir(), "home-"));
    try {
      await writeFile(join(home, "own"), "registry=http://own/\n");
      const env = { HOME: home, npm_config_userconfig: "~/own", npm_config_prefix: home };
      expect((await loadNpmSettings(env, home))["registry"]).toBe("http://own/");
      expect(expandHome("~/a.pem", env)).toBe(join(home, "a.pem"));
      expect(expandHome("b/~/a.pem", env)).toBe("b/~/a.pem");
    } finally {
      await rm(home, { recursive: true });
    }
  });
});

describe("a proxy", () => {
  it("that answers 407 for a server is not taken for it", async () => {
    const { host, seen } = await refusing(407);
    const npmSettings = { "fetch-retries": "2", proxy: `http://${host}` };
    const { get } = await connect({ npmSettings }, {});
    const error = await failure(get(new URL("http://weights.example.org/"), new ByteBudget(9), {}));
    expect(error).toMatchObject({ code: "network", received: "the proxy's status 407" });
    expect(seen).toHaveLength(1);
  });

  it.each([407, 403])("that opens no tunnel is named with its status: %i", async (status) => {
    let asked = 0;
    const { server, host } = await serve(() => undefined);
    server.on("connect", (_, socket) => {
      asked++;
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    });
    const npmSettings = { "fetch-retries": "2", "https-proxy": `http://bob:s3cret@${host}` };
    const { get } = await connect({ npmSettings }, {});
    const error = await failure(
      get(new URL("https://weights.example.org/"), new ByteBudget(9), {}),
    );
    expect(error).toMatchObject({ code: "network", received: `the proxy's status ${status}` });
    expect(toldBy(error)).not.toContain("s3cret");
    expect(asked).toBe(1);
  });
});

describe("a picture's address", () => {
  it("asks with a header, and no error tells its password", async () => {
    const { host, seen } = await refusing(404);
    for (const address of [`http://bob:s3cret@${host}/a.png`, "http://bob:s3cret@["]) {
      expect(toldBy(await failure(openPicture(address)))).not.toContain("s3cret");
    }
    expect(seen).toEqual([basic]);
  });
});
