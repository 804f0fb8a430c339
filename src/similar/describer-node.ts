/** A model that makes vectors of pictures, and the index of a folder's pictures, kept up with what changes there. */

import { join } from "node:path";
import { anyObject, anything, callable, checkSettings, needed, oneOf } from "../check-fields.ts";
import { listImages, pictureLimit } from "../data/picture-files-node.ts";
import { PassedOver } from "../data/picture-names.ts";
import { statusOf } from "../disk/entries-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { readBytes } from "../disk/read-node.ts";
import { describeError, MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import type { ModelBytes } from "../formats/files.ts";
import { checkModel } from "../models/check-model.ts";
import { isModel, type Model } from "../models/model.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { NamedBackend } from "../tasks/backend-names.ts";
import { workInOrder } from "../tasks/in-order.ts";
import { load, loadModel } from "../tasks/node.ts";
import type { ImageInput } from "../tasks/platform.ts";
import { hashWeights } from "../train/identity.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import {
  directionBytes,
  gridCells,
  joinLayouts,
  type LikenessKind,
  layoutOf,
} from "./descriptor.ts";
import {
  checkIndex,
  type IndexedPicture,
  isSameMaker,
  type PictureIndex,
  type VectorMaker,
} from "./picture-index.ts";

/** The blocks whose maps say where in a picture there is what: finer and coarser things. */
const layoutBlocks: readonly string[] = ["block_5", "block_9"];

/** The models that are used where none is named: the first is part of this package. */
export const describerModels: Readonly<Record<LikenessKind, string>> = {
  layout: "cifar10",
  content: "imagenet",
};

/** How a describer is loaded. */
export interface DescriberOptions {
  /**
   * `layout` compares where there is what, and finds copies; `content` what is shown, wherever. Default:
   * `layout`.
   */
  readonly by?: LikenessKind | undefined;
  /** A name of the hub, a path, an address, files, or a model. Default: `cifar10`; `imagenet` by content. */
  readonly model?: string | ModelBytes | Model | undefined;
  readonly threads?: number | "auto" | undefined;
  readonly backend?: NamedBackend | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what is to be known. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What makes vectors of pictures. */
export interface PictureDescriber extends Disposable {
  /** What an index says of it. */
  readonly maker: VectorMaker;
  /**
   * A picture's direction: `maker.dimensions` bytes, -127 to 127.
   *
   * @throws MobileNetError `invalid-image`, `aborted` or `disposed`.
   */
  describe(
    image: ImageInput,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Int8Array>;
  /** Frees its memory; may be called twice. */
  dispose(): void;
}

const describerNames: OptionNames<DescriberOptions> = {
  ...{ by: true, model: true, threads: true, backend: true, signal: true, onWarning: true },
};

/**
 * Loads what makes vectors of pictures, to find copies and neighbours by. Without options it needs no
 * network: its model is part of this package.
 *
 * @throws MobileNetError `unsupported` where the model has no map for a layout, `invalid-argument`, and
 *   whatever loading the model throws.
 *
 * @example
 * ```ts
 * const describer = await loadDescriber();
 * const vector = await describer.describe(await readFile("examples/images/coffee.png"));
 * vector.length === describer.maker.dimensions; // true
 * describer.dispose();
 * ```
 */
export async function loadDescriber(options: DescriberOptions = {}): Promise<PictureDescriber> {
  checkOptions(options, describerNames, "loadDescriber");
  const { by = "layout", signal, ...running } = options;
  checkSettings<object>({ by }, { by: oneOf("layout", "content") }, "loadDescriber");
  const source = options.model ?? describerModels[by];
  if (isModel(source)) checkModel(source, "loadDescriber");
  const model = isModel(source) ? source : await loadModel(source, { signal });
  const { threads, backend, onWarning } = running;
  const outputs = by === "layout" ? layoutBlocks : [];
  const embedder = await load("embed", model, { threads, backend, onWarning, signal, outputs });
  const vectorOf = async (image: ImageInput, call: object): Promise<Float32Array> => {
    if (by === "content") return await embedder.embed(image, call);
    const maps = await embedder.values(image, call);
    return joinLayouts(maps.map(({ data, shape }) => layoutOf(data, shape)));
  };
  try {
    const grey = { width: 1, height: 1, data: new Uint8Array(3).fill(128) };
    const { length: dimensions } = await vectorOf(grey, { signal });
    // The way is part of it: vectors of other grids cannot be compared.
    const way = by === "layout" ? `${layoutBlocks.join("+")}/${gridCells}` : "mean";
    const identity = `${hashWeights(model.graph)}-${way}`;
    const dispose = (): void => embedder.dispose();
    return {
      maker: { by, model: model.name, identity, dimensions },
      async describe(image, call = {}) {
        checkOptions(call, { signal: true }, "describe");
        return directionBytes(await vectorOf(image, call));
      },
      dispose,
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    embedder.dispose();
    throw error;
  }
}

/** A picture's file, and what an index calls it. */
export interface PictureFile {
  readonly name: string;
  readonly path: string;
}

/** How an index is made. */
export interface IndexOptions {
  readonly describer: PictureDescriber;
  /** What is known already: pictures whose files are as they were are not looked at again. */
  readonly previous?: PictureIndex | undefined;
  /** What to do about a picture that cannot be read: leave it out (the default), or stop. */
  readonly damaged?: "skip" | "stop" | undefined;
  /** Told after each picture. */
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly total: number }) => void)
    | undefined;
  /** Told which files of a folder are passed over. Default: `console.warn`. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An index, and what became of the files. */
export interface IndexedFiles {
  readonly index: PictureIndex;
  /** Pictures that were looked at, the others being known. */
  readonly described: number;
  readonly skipped: readonly { readonly name: string; readonly error: string }[];
}

const indexKinds = {
  describer: needed(anyObject),
  previous: anyObject,
  damaged: oneOf("skip", "stop"),
  onProgress: callable,
  onWarning: callable,
  signal: anything,
};

/**
 * The index of a folder's pictures, those of folders inside among them, or of files. An earlier index
 * saves the work on files whose size and time of change are the same; what is gone is left out.
 *
 * @param source - A folder, whose pictures are named by their paths below it, or files with their names.
 * @throws MobileNetError `not-found` or `io` where the folder cannot be read, `invalid-argument`, `aborted`;
 *   under `stop` what the first bad picture throws.
 *
 * @example
 * ```ts
 * const describer = await loadDescriber();
 * const { index } = await indexPictures("examples/images", { describer });
 * index.pictures.length; // 4
 * await groupCopies(index); // []
 * describer.dispose();
 * ```
 */
export async function indexPictures(
  source: string | readonly PictureFile[],
  options: IndexOptions,
): Promise<IndexedFiles> {
  checkSettings<object>(options, indexKinds, "indexPictures");
  const { describer, previous, damaged = "skip", onProgress, onWarning, signal } = options;
  if (typeof fieldsOf(describer)["describe"] !== "function") {
    throw wrongArgument("indexPictures", "a describer, as loadDescriber gives", describer);
  }
  if (previous !== undefined) checkIndex(previous, "indexPictures");
  const { maker } = describer;
  const isKnown = previous !== undefined && isSameMaker(previous.maker, maker);
  const known = new Map(isKnown ? previous.pictures.map((one) => [one.name, one]) : []);
  const files = typeof source === "string" ? await filesIn(source, onWarning) : checkFiles(source);
  const look = async (file: PictureFile, _: number, stopped: AbortSignal) => {
    const status = await statusOf(file.path).catch((error: unknown) => {
      throw fileError(undefined, error);
    });
    const [bytes, modified] = [Number(status.size), Number(status.mtimeMs)];
    const before = known.get(file.name);
    if (before?.bytes === bytes && before.modified === modified)
      return { picture: before, isNew: false };
    const image = await readBytes(file.path, pictureLimit);
    const vector = await describer.describe(image, { signal: stopped });
    return { picture: { name: file.name, bytes, modified, vector }, isNew: true };
  };
  const pictures: IndexedPicture[] = [];
  const skipped: { name: string; error: string }[] = [];
  let described = 0;
  for await (const outcome of workInOrder(files, { signal }, look)) {
    const { name } = files[outcome.index]!;
    if (outcome.failed) {
      throwIfAborted(signal);
      const { reason } = outcome;
      if (!isDamaged(reason)) throw reason;
      if (damaged === "stop") throw placeError(reason, name);
      skipped.push({ name, error: describeError(reason) });
    } else {
      pictures.push(outcome.value.picture);
      if (outcome.value.isNew) described++;
    }
    onProgress?.({ done: outcome.index + 1, total: files.length });
  }
  return { index: { maker, pictures }, described, skipped };
}

async function filesIn(
  folder: string,
  onWarning: IndexOptions["onWarning"],
): Promise<readonly PictureFile[]> {
  const passed = new PassedOver();
  const names = await listImages(folder, passed);
  passed.tell(folder, onWarning);
  return names.map((name) => ({ name, path: join(folder, name) }));
}

function checkFiles(files: unknown): readonly PictureFile[] {
  if (!Array.isArray(files)) {
    throw wrongArgument("indexPictures", "a folder, or a list of files", files);
  }
  for (const file of files as unknown[]) {
    const { name, path } = fieldsOf(file);
    if (typeof name === "string" && typeof path === "string") continue;
    throw wrongArgument("indexPictures", "files with a name and a path", file);
  }
  return files as readonly PictureFile[];
}

/** Whether it is the picture that is at fault. */
function isDamaged(error: unknown): error is MobileNetError {
  const codes = ["invalid-image", "not-found", "io"];
  return error instanceof MobileNetError && codes.includes(error.code);
}
