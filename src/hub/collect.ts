/**
 * Gathers the files of one model in a folder, TensorFlow.js's or our own, through any reader (a folder, a URL): the manifest
 * first, then the shards it names, a few at a time. The shards share one budget of bytes, so that a
 * manifest cannot ask for more than the weights it declares; labels are the reader's own business.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { type ModelFiles, parseJson } from "../formats/files.ts";
import { parseManifest } from "../formats/tfjs-manifest.ts";
import { trainedWeightsFile } from "./trained-model.ts";

/** Far above any model of this family, topology included. */
const manifestLimit = 64 * 2 ** 20;

/** Labels of any data set fit many times. */
const labelLimit = 4 * 2 ** 20;

/** A budget for a TensorFlow Lite file: several times any model of this family. */
export function tfliteBudget(): ByteBudget {
  return new ByteBudget(manifestLimit);
}

/** A budget for a file of labels. */
export function labelBudget(): ByteBudget {
  return new ByteBudget(labelLimit);
}

/** What a reader may still take; shared by all files of a model. */
export class ByteBudget {
  readonly #limit: number;
  #left: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** The bytes that the budget started with. */
  get limit(): number {
    return this.#limit;
  }

  /** Takes bytes before they are allocated or kept. */
  take(bytes: number, path: string): void {
    this.#left -= bytes;
    if (this.#left < 0) {
      throw new MobileNetError("invalid-model", "the file is longer than its model needs", {
        node: path,
        expected: `at most ${this.#limit} bytes in all`,
        received: "more",
      });
    }
  }
}

/** Reads the file at a relative path, taking its bytes from the budget as they come. */
export type ReadFile = (
  path: string,
  budget: ByteBudget,
  signal: AbortSignal | undefined,
) => Promise<Uint8Array>;

/** As many as browsers open to one host. */
const mostAtOnce = 6;

/**
 * What `read` makes of each item, in order, with a few reads under way at a time. The first that
 * fails, or the caller's signal, stops the others through the signal they are given.
 */
export async function readAll<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  read: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const results: Result[] = [];
  const rest = items.entries();
  const reader = async (): Promise<void> => {
    // The readers share one iterator: each takes the next item that none has taken.
    for (const [i, item] of rest) {
      if (controller.signal.aborted) return;
      results[i] = await read(item, controller.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, reader));
    throwIfAborted(signal);
    return results;
  } finally {
    controller.abort();
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * The manifest and its shards by relative path.
 *
 * @param manifest - What the reader knows the manifest by, mostly `model.json`.
 * @throws MobileNetError `invalid-model`, or whatever the reader throws.
 */
export async function collectTfjs(
  read: ReadFile,
  manifest: string,
  signal?: AbortSignal,
): Promise<ModelFiles> {
  const json = await read(manifest, new ByteBudget(manifestLimit), signal);
  const parsed = parseJson(json, manifest);
  const own = trainedWeightsFile(parsed);
  if (own !== undefined) {
    const weights = await read(own.path, new ByteBudget(own.mostBytes), signal);
    return new Map([
      ["model.json", json],
      [own.path, weights],
    ]);
  }
  const groups = parseManifest(parsed, manifest);
  // Strings have their lengths in the data; a manifest's worth is plenty for them.
  const bytes = groups.flatMap(({ weights }) => weights).reduce((sum, w) => sum + w.bytes, 0);
  const budget = new ByteBudget(bytes + hasStrings(groups) * manifestLimit);
  const paths = groups.flatMap((group) => group.paths);
  const shards = await readAll(
    paths,
    signal,
    async (path, stop) => [path, await read(path, budget, stop)] as const,
  );
  return new Map([["model.json", json], ...shards]);
}

function hasStrings(groups: ReturnType<typeof parseManifest>): 0 | 1 {
  return groups.some(({ weights }) => weights.some(({ dtype }) => dtype === "string")) ? 1 : 0;
}
