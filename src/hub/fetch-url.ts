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
import { isNumberIn, quote } from "../untrusted.ts";
import type { OnProgress } from "./progress.ts";
import { bareAddress, shownAddress } from "./web-address.ts";

/** How a download is watched and stopped. */
export interface FetchOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds without a byte after which a download ends with `network`. Default: 60,000; in Node
   * first the environment's `MOBILENETV2_STALL_TIMEOUT` and npm's `fetch-timeout`.
   */
  readonly stallTimeout?: number | undefined;
}

/** Asks a server: `fetch`, or what does the same. */
export type Ask = (
  url: URL,
  init: { readonly signal: AbortSignal; readonly headers?: Record<string, string> },
) => Promise<Response>;

/** How one request is made, and who hears of its bytes. */
export interface WebRequest extends Pick<FetchOptions, "signal" | "stallTimeout"> {
  /** Told of every piece; of less than nothing where bytes are fetched anew. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly ask?: Ask | undefined;
  readonly headers?: Record<string, string> | undefined;
}

/** One file; its bytes are counted against the budget as they come. */
export type GetBytes = (url: URL, budget: ByteBudget, request: WebRequest) => Promise<Uint8Array>;

/** The default of `stallTimeout`. */
const usualStallTimeout = 60_000;

/** How it is said that no server was reached; a status follows. */
export const proxyAnswered = "the proxy's status ";

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
export function webSource(
  url: string,
  { onProgress, stallTimeout }: FetchOptions = {},
  get: GetBytes = fetchBytes,
): FileSource {
  const main = parseUrl(url);
  const name = fileNameOf(main.pathname);
  let loadedBytes = 0;
  let totalBytes: number | undefined;
  return {
    paths: [name],
    place: (path) => shownAddress(addressOf(path)),
    read,
    // Stores that do not list their files answer 403 where there is none.
    readIfThere: (path, budget, signal) =>
      ifThere(get(addressOf(path), budget, { signal, stallTimeout }), ["403"]),
    readFirst: async () => undefined,
  };

  async function read(
    path: string,
    budget: ByteBudget,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    // Known once the main file is read: the others share a budget, on top of its own bytes.
    if (path !== name) totalBytes ??= loadedBytes + budget.limit;
    return await get(addressOf(path), budget, {
      signal,
      stallTimeout,
      onBytes: (bytes) => {
        loadedBytes += bytes;
        const total = totalBytes === undefined ? {} : { totalBytes };
        onProgress?.({ name: shownAddress(url), loadedBytes, ...total });
      },
    });
  }

  function addressOf(path: string): URL {
    return path === name ? main : new URL(path, main);
  }
}

/** An address, which a page may give relative to its own. */
export function parseUrl(url: string, base?: string): URL {
  if (URL.canParse(url, base)) return new URL(url, base);
  // The engine's own error has the whole text in it, and maybe a password.
  throw new MobileNetError("invalid-argument", "not a web address", {
    expected: `https://…, the address of ${mainFileKinds().join(" or ")}`,
    received: shownAddress(url).slice(0, 200),
  });
}

/** One file; its bytes are counted against the budget as they come. */
export const fetchBytes: GetBytes = async (url, budget, request) => {
  const chunks: Uint8Array[] = [];
  await fetchChunks(url, request, (chunk) => {
    budget.take(chunk.length, shownAddress(url));
    chunks.push(chunk);
  });
  return joinBytes(chunks);
};

/**
 * A server's answer, piece by piece as it comes. What `take` throws ends the download and is thrown.
 *
 * @throws MobileNetError `network`, also where no byte comes for a while; `not-found`, `aborted`.
 */
export async function fetchChunks(
  address: URL,
  { signal, onBytes, stallTimeout = usualStallTimeout, ask = fetch, headers = {} }: WebRequest,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  throwIfAborted(signal);
  if (!isNumberIn(stallTimeout, 1, 2 ** 31 - 1)) {
    throw new MobileNetError("invalid-argument", "stallTimeout is no time", {
      expected: "milliseconds, 1 or more",
      received: quote(stallTimeout),
    });
  }
  const { url, authorization } = bareAddress(address);
  const sent = { ...(authorization && { authorization }), ...headers };
  const watch = watchDownload(url, signal, stallTimeout);
  let fromCaller = false;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await Promise.race([
      ask(url, { signal: watch.signal, headers: sent }),
      watch.end,
    ]);
    if (!response.ok) {
      response.body?.cancel().catch(() => undefined);
      throw refused(url, response.status);
    }
    reader = response.body?.getReader();
    for (;;) {
      // A body that is aborted just as it ends may leave its reader waiting for ever.
      throwIfAborted(signal);
      const chunk = await Promise.race([reader?.read(), watch.end]);
      if (chunk?.value === undefined) break;
      watch.byteCame();
      fromCaller = true;
      take(chunk.value);
      onBytes?.(chunk.value.length);
      fromCaller = false;
    }
  } catch (error) {
    reader?.cancel().catch(() => undefined);
    // What the caller's own function threw is the caller's, not the network's.
    if (fromCaller || error instanceof MobileNetError) throw error;
    throwIfAborted(signal);
    throw new MobileNetError("network", "the download failed", {
      node: url.href,
      received:
        proxyWords(error) ?? describeError(error instanceof Error ? (error.cause ?? error) : error),
      remedy: "Check the address and the connection, or download the files and give their folder.",
      cause: error,
    });
  } finally {
    watch.release();
  }
}

/** Ends a download where its signal says so, or no byte comes; afterwards nothing of it stays open. */
function watchDownload(url: URL, signal: AbortSignal | undefined, stallTimeout: number) {
  const controller = new AbortController();
  let fail = (_: unknown): void => undefined;
  const end = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whether anybody waits is up to the caller.
  end.catch(() => undefined);
  const stop = (error: unknown): void => {
    fail(error);
    controller.abort(error);
  };
  const abort = (): void => stop(abortedError(signal));
  signal?.addEventListener("abort", abort, { once: true });
  // In quarters: a thread that was busy for long has one of them behind it, and the bytes still to come.
  let quiet = 0;
  const timer = setInterval(() => {
    if (++quiet === 4) stop(stalled(url, stallTimeout));
  }, stallTimeout / 4);
  return {
    signal: controller.signal,
    end,
    byteCame: () => {
      quiet = 0;
    },
    release: () => {
      clearInterval(timer);
      signal?.removeEventListener("abort", abort);
      controller.abort();
    },
  };
}

function stalled(url: URL, stallTimeout: number): MobileNetError {
  return new MobileNetError("network", "the download stalled", {
    node: url.href,
    received: `no byte for ${stallTimeout / 1000} s (stallTimeout)`,
    remedy:
      "Try again, or wait longer: stallTimeout, in Node also MOBILENETV2_STALL_TIMEOUT, is in milliseconds.",
  });
}

/** What a proxy answered that opens no way through it; its status is deep below the engine's error. */
function proxyWords(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const words = describeError(at);
    // `fetch` gives up at 407 itself, and not every release says the number.
    const [, told] = /^Proxy response \((\d{3})\)/.exec(words) ?? [];
    const status = /^proxy authentication required/i.test(words) ? "407" : told;
    if (status !== undefined) return `${proxyAnswered}${status}`;
  }
  return undefined;
}

function refused(url: URL, status: number): MobileNetError {
  return new MobileNetError(
    status === 404 ? "not-found" : "network",
    "the server refused the file",
    { node: url.href, expected: "status 200", received: quote(status) },
  );
}
