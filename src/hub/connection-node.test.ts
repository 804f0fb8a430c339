import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, request, type Server } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { packTarball } from "../../test/tarball.ts";
import type { MobileNetError } from "../errors.ts";
import { ByteBudget } from "../formats/reading.ts";
import { connect } from "./connection-node.ts";
import { downloadPackage } from "./fetch-node.ts";
import type { NpmPublished } from "./record.ts";
import { unpackTarball } from "./unpack-node.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves on a free port of this machine. */
async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A proxy that writes down whom it was asked for. */
async function proxy(): Promise<{ url: string; asked: string[]; credentials: unknown[] }> {
  const asked: string[] = [];
  const credentials: unknown[] = [];
  const { server, url } = await serve((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    credentials.push(incoming.headers["proxy-authorization"]);
    const { port } = new URL(incoming.url ?? "");
    const { pathname } = new URL(incoming.url ?? "");
    request({ host: "127.0.0.1", port, path: pathname }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  server.on("connect", (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    credentials.push(incoming.headers["proxy-authorization"]);
    const other = connectSocket(Number(incoming.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      other.pipe(socket).pipe(other);
    });
    socket.on("error", () => other.destroy());
    other.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  return { url, asked, credentials };
}

const few = { "fetch-retries": "0" };

/** What an address gives under settings and an environment. */
async function get(
  address: string,
  settings: Record<string, string>,
  env: Record<string, string> = {},
): Promise<string> {
  const { get } = await connect({ npmSettings: { ...few, ...settings } }, env);
  const bytes = await get(new URL(address), new ByteBudget(1000), {});
  return new TextDecoder().decode(bytes);
}

describe("a connection", () => {
  it.each([
    ["npm's proxy", (url: string) => [{ proxy: url }, {}]],
    ["HTTP_PROXY", (url: string) => [{}, { HTTP_PROXY: url }]],
    ["http_proxy without a scheme", (url: string) => [{}, { http_proxy: url.slice(7) }]],
  ] as const)("goes through %s", async (_, settingsFor) => {
    const { url } = await serve((_, response) => response.end("weights"));
    const through = await proxy();
    const [settings, env] = settingsFor(through.url);
    const host = url.replace("127.0.0.1", "weights.example.org");
    expect(await get(`${host}/a`, settings as Record<string, string>, env)).toBe("weights");
    expect(through.asked).toEqual([`${host}/a`]);
  });

  it("opens a tunnel for https, and tells the proxy who asks", async () => {
    const through = await proxy();
    const withUser = through.url.replace("//", "//ada:secret@");
    // Behind it nothing speaks TLS: that it was asked is what counts.
    await expect(
      get("https://weights.example.org:4430/", { "https-proxy": withUser }),
    ).rejects.toMatchObject({ code: "network" });
    expect(through.asked).toEqual(["CONNECT weights.example.org:4430"]);
    const basic = Buffer.from("ada:secret").toString("base64");
    expect(through.credentials).toEqual([`Basic ${basic}`]);
  });

  it.each([
    ["NO_PROXY", {}, { NO_PROXY: "example.org,127.0.0.1" }],
    ["npm's noproxy", { noproxy: "127.0.0.1" }, {}],
  ])("goes past the proxy for the hosts of %s", async (_, settings, env) => {
    const { url } = await serve((_, response) => response.end("weights"));
    const through = await proxy();
    const all = { ...env, HTTP_PROXY: through.url, HTTPS_PROXY: through.url };
    expect(await get(url, settings as Record<string, string>, all as never)).toBe("weights");
    expect(through.asked).toEqual([]);
  });

  it("names no password of a proxy whose address it refuses", async () => {
    const error = await get("http://127.0.0.1:9/", { proxy: "socks5://ada:secret@proxy" }).catch(
      (thrown: MobileNetError) => thrown,
    );
    expect(error).toMatchObject({ code: "invalid-argument" });
    expect((error as MobileNetError).message).not.toContain("secret");
  });

  it("asks again as often as npm's settings say, and counts no byte twice", async () => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests++;
      if (requests === 1) response.writeHead(503).end();
      else if (requests === 2) response.write("wei", () => response.destroy());
      else response.end("weights");
    });
    const settings = { "fetch-retries": "2", "fetch-retry-mintimeout": "1" };
    const { get } = await connect({ npmSettings: settings }, {});
    let counted = 0;
    const onBytes = (bytes: number): void => {
      counted += bytes;
    };
    const bytes = await get(new URL(url), new ByteBudget(7), { onBytes });
    expect(bytes).toHaveLength(7);
    expect([requests, counted]).toEqual([3, 7]);
  });

  it.each([403, 404])("does not ask again where a server refuses: %i", async (status) => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests++;
      response.writeHead(status).end();
    });
    const { get } = await connect({ npmSettings: { "fetch-retries": "3" } }, {});
    await expect(get(new URL(url), new ByteBudget(7), {})).rejects.toThrow();
    expect(requests).toBe(1);
  });

  it.each([
    ["before its headers", () => undefined],
    ["in the midst", (response: { write(text: string): void }) => response.write("we")],
  ])("ends a download that stalls %s, and says what waits longer", async (_, answer) => {
    const { url } = await serve((_, response) => void answer(response));
    const stalled = get(url, {}, { MOBILENETV2_STALL_TIMEOUT: "100" });
    await expect(stalled).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(/stalled.*0\.1 s.*MOBILENETV2_STALL_TIMEOUT/),
    });
  });

  it("refuses a stall time-out that is none", async () => {
    const env = { MOBILENETV2_STALL_TIMEOUT: "soon" };
    await expect(get("http://127.0.0.1:9/", {}, env)).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});

describe("a package", () => {
  const record = (tarball: Buffer, more: Partial<NpmPublished["source"]> = {}): NpmPublished => ({
    name: "tiny",
    source: {
      kind: "npm",
      package: "tiny-weights",
      version: "1.0.0",
      integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
      tarballBytes: tarball.length,
      files: [
        {
          path: "model.json",
          bytes: 2,
          sha256: createHash("sha256").update("{}").digest("hex"),
        },
      ],
      ...more,
    },
  });
  const whole = packTarball({ "model.json": Buffer.from("{}"), "other.js": Buffer.from("1") });
  /** A hundred megabytes in a few kilobytes, twice packed. */
  const bomb = (): Buffer => gzipSync(Buffer.alloc(100_000_000));

  it("is not unpacked where its integrity is another", async () => {
    const tarball = bomb();
    const { url } = await serve((_, response) => response.end(tarball));
    const settings = { ...few, registry: url };
    const other = record(whole, { tarballBytes: tarball.length });
    await expect(downloadPackage(other, { npmSettings: settings })).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringMatching(/sha512-/),
    });
  });

  it("is received no further than the record says", async () => {
    let sent = 0;
    const { url } = await serve((_, response) => {
      const more = (): void => {
        sent += 65_536;
        if (sent < 1e9 && !response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    const settings = { ...few, registry: url };
    await expect(downloadPackage(record(whole), { npmSettings: settings })).rejects.toMatchObject({
      code: "integrity",
    });
    expect(sent).toBeLessThan(1e8);
  });

  it("is unpacked while the event loop goes on", async () => {
    // Published so: only then is it unpacked at all.
    const inner = packTarball({ "filler.bin": Buffer.alloc(60_000_000) });
    const { url } = await serve((_, response) => response.end(inner));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    try {
      const settings = { ...few, registry: url };
      await expect(downloadPackage(record(inner), { npmSettings: settings })).rejects.toMatchObject(
        {
          code: "integrity",
        },
      );
    } finally {
      clearInterval(timer);
    }
    expect(turns).toBeGreaterThan(10);
  });

  it("is unpacked to a bound of bytes and of entries", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`${i}`, Buffer.alloc(1000)] as const),
    );
    const tarball = packTarball(files);
    const { files: wanted } = record(whole).source;
    for (const limits of [{ mostBytes: 10_000 }, { mostEntries: 10 }]) {
      await expect(unpackTarball(tarball, wanted, limits)).rejects.toMatchObject({
        code: "integrity",
        message: expect.stringMatching(/expected at most 10/),
      });
    }
    expect((await unpackTarball(tarball, wanted)).size).toBe(0);
  });

  it("is asked for as whom the settings say", async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await serve((incoming, response) => {
      seen.push(incoming.headers.authorization);
      if (incoming.headers.authorization === "Bearer secret") response.end(whole);
      else response.writeHead(401).end();
    });
    const place = `//${new URL(url).host}/`;
    const settings = { ...few, registry: url, [`${place}:_authToken`]: "secret" };
    expect((await downloadPackage(record(whole), { npmSettings: settings })).size).toBe(1);
    expect(seen).toEqual(["Bearer secret"]);
    await expect(
      downloadPackage(record(whole), { npmSettings: { ...few, registry: url } }),
    ).rejects.toMatchObject({ code: "network", message: expect.stringMatching(/401.*npm whoami/) });
  });
});
