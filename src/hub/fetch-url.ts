/**
 * Model files over HTTP, with the `fetch` that Node and browsers share. Sizes are bounded while the
 * bytes arrive, whatever the server claims.
 */
import { abortedError, describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { fileNameOf } from "../formats/files.ts";
import { type ByteBudget, ifThere } from "../formats/reading.ts";
import { mainFileKinds } from "../formats/registry.ts";
import type { FileSource } from "../formats/sources.ts";
import { joinBytes } from "../join-bytes.ts";
import { quote } from "../untrusted.ts";
import type { OnProgress } from "./progress.ts";

/** How a download is watched and stopped. */
export interface FetchOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether a source is a web address. */
export function isWebAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/**
 * The model at an address: its main file, and what belongs to it beside that. Labels are not asked for:
 * most servers have none.
 *
 * @throws MobileNetError `invalid-argument` where it is no address. Reading throws `network` where the
 *   server does not answer or refuses, `not-found` on 404, `invalid-model`, `aborted`.
 */
export function webSource(url: string, { onProgress }: FetchOptions = {}): FileSource {
  const main = parseUrl(url);
  const name = fileNameOf(main.pathname);
  let loadedBytes = 0;
  let totalBytes: number | undefined;
  return {
    paths: [name],
    place: (path) => addressOf(path).href,
    read,
    // Stores that do not list their files answer 403 where there is none.
    readIfThere: (path, budget, signal) =>
      ifThere(fetchBytes(addressOf(path), budget, { signal }), ["403"]),
    readFirst: async () => undefined,
  };

  async function read(
    path: string,
    budget: ByteBudget,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    // Known once the main file is read: the others share a budget, on top of its own bytes.
    if (path !== name) totalBytes ??= loadedBytes + budget.limit;
    return await fetchBytes(addressOf(path), budget, {
      signal,
      onBytes: (bytes) => {
        loadedBytes += bytes;
        const total = totalBytes === undefined ? {} : { totalBytes };
        onProgress?.({ name: url, loadedBytes, ...total });
      },
    });
  }

  function addressOf(path: string): URL {
    return path === name ? main : new URL(path, main);
  }
}

/** An address, which a page may give relative to its own. */
export function parseUrl(url: string, base?: string): URL {
  try {
    return new URL(url, base);
  } catch (cause) {
    throw new MobileNetError("invalid-argument", "not a web address", {
      expected: `https://…, the address of ${mainFileKinds().join(" or ")}`,
      received: url.slice(0, 200),
      cause,
    });
  }
}

/** One file; its bytes are counted against the budget as they come. */
export async function fetchBytes(
  url: URL,
  budget: ByteBudget,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void },
): Promise<Uint8Array> {
  const { signal, onBytes } = options;
  throwIfAborted(signal);
  const abort = rejectOnAbort(signal);
  let fromCaller = false;
  try {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok) {
      response.body?.cancel().catch(() => undefined);
      throw refused(url, response.status);
    }
    const chunks: Uint8Array[] = [];
    const reader = response.body?.getReader();
    try {
      for (;;) {
        // A body that is aborted just as it ends may leave its reader waiting for ever.
        throwIfAborted(signal);
        const chunk = await Promise.race([reader?.read(), abort.rejection]);
        if (chunk?.value === undefined) break;
        budget.take(chunk.value.length, url.href);
        chunks.push(chunk.value);
        fromCaller = true;
        onBytes?.(chunk.value.length);
        fromCaller = false;
      }
    } catch (error) {
      reader?.cancel().catch(() => undefined);
      throw error;
    }
    return joinBytes(chunks);
  } catch (error) {
    // What the caller's own function threw is the caller's, not the network's.
    if (fromCaller || error instanceof MobileNetError) throw error;
    throwIfAborted(signal);
    throw new MobileNetError("network", "the download failed", {
      node: url.href,
      received: describeError(error instanceof Error ? (error.cause ?? error) : error),
      remedy: "Check the address and the connection, or download the files and give their folder.",
      cause: error,
    });
  } finally {
    abort.release();
  }
}

/** A promise that rejects when the signal fires, until it is released. */
export function rejectOnAbort(signal: AbortSignal | undefined): {
  readonly rejection: Promise<never>;
  release(): void;
} {
  let listener = (): void => undefined;
  const rejection = new Promise<never>((_, reject) => {
    listener = () => reject(abortedError(signal));
  });
  // Whether anybody waits is up to the caller.
  rejection.catch(() => undefined);
  signal?.addEventListener("abort", listener, { once: true });
  return { rejection, release: () => signal?.removeEventListener("abort", listener) };
}

function refused(url: URL, status: number): MobileNetError {
  return new MobileNetError(
    status === 404 ? "not-found" : "network",
    "the server refused the file",
    { node: url.href, expected: "status 200", received: quote(status) },
  );
}
