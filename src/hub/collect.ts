/**
 * Gathers the files of one TensorFlow.js model through any reader (a folder, a URL): the manifest
 * first, then the shards it names, then labels if they are known to be there. All files share one
 * budget of bytes, so that a manifest cannot ask for more than the weights it declares.
 */
import { MobileNetError } from "../errors.ts";
import { type ModelFiles, parseJson } from "../formats/files.ts";
import { parseManifest } from "../formats/tfjs-manifest.ts";

/** Far above any model of this family, topology included. */
const manifestLimit = 64 * 2 ** 20;

/** Labels of any data set fit many times. */
const labelLimit = 4 * 2 ** 20;

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
export type ReadFile = (path: string, budget: ByteBudget) => Promise<Uint8Array>;

/**
 * The manifest and its shards by relative path.
 *
 * @param manifest - What the reader knows the manifest by, mostly `model.json`.
 * @throws MobileNetError `invalid-model`, or whatever the reader throws.
 */
export async function collectTfjs(read: ReadFile, manifest: string): Promise<ModelFiles> {
  const json = await read(manifest, new ByteBudget(manifestLimit));
  const groups = parseManifest(parseJson(json, manifest), manifest);
  // Strings have their lengths in the data; a manifest's worth is plenty for them.
  const bytes = groups.flatMap(({ weights }) => weights).reduce((sum, w) => sum + w.bytes, 0);
  const budget = new ByteBudget(bytes + hasStrings(groups) * manifestLimit);
  const paths = groups.flatMap((group) => group.paths);
  const shards = await Promise.all(
    paths.map(async (path) => [path, await read(path, budget)] as const),
  );
  return new Map([["model.json", json], ...shards]);
}

function hasStrings(groups: ReturnType<typeof parseManifest>): 0 | 1 {
  return groups.some(({ weights }) => weights.some(({ dtype }) => dtype === "string")) ? 1 : 0;
}
