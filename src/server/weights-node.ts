/**
 * The weights that pages and other programs may have of a server: the files of its models below
 * `/models`, as `models export` lays them out. They stay on the disk, and are passed on piece by piece;
 * what is not what was read at the start does not come whole.
 */
import { createHash } from "node:crypto";
import { statusIfThere } from "../disk/entries-node.ts";
import { filePieces } from "../disk/pieces-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { sha256 } from "../formats/sha256.ts";
import { folderOfName } from "../hub/hosted.ts";
import { type ExportedModel, manifestName, manifestText } from "../json/manifest-node.ts";
import { type FileForm, memoryForm, type ServedFile, type ServedFiles } from "./files.ts";
import type { ModelFile, ModelWithFiles } from "./read-models-node.ts";

/** Where they are. */
const folder = "/models";

/** Weights keep their names when they change: who has them asks whether they are still those. */
const cacheControl = "no-cache";

/**
 * The files of all models and their list.
 *
 * @param onWarning - Told of files that are not those any more that they were at the start.
 */
export function handedOutWeights(
  models: readonly ModelWithFiles[],
  onWarning: (message: string) => void,
): ServedFiles {
  const files = new Map<string, ServedFile>();
  const list: ExportedModel[] = [];
  for (const { name, model, licence, main, files: own } of models.filter(isHandedOut)) {
    const below = (path: string): string => `${folderOfName(name)}/${path}`;
    for (const file of own) {
      const type = file.path.endsWith(".json") ? "application/json" : "application/octet-stream";
      const plain = fileForm(file, onWarning);
      files.set(`${folder}/${below(file.path)}`, { type, cacheControl, plain });
    }
    list.push({
      ...{ name, task: model.task, licence },
      ...{ main: main === undefined ? undefined : below(main) },
      files: own.map(({ place: _, path, ...facts }) => ({ path: below(path), ...facts })),
    });
  }
  const text = new TextEncoder().encode(manifestText(list, undefined));
  const plain = memoryForm(text, sha256(text));
  return files.set(`${folder}/${manifestName}`, { type: "application/json", cacheControl, plain });
}

/** Whether a model's files are here and have names that stand in addresses as they are. */
export function isHandedOut({ name, files }: Pick<ModelWithFiles, "name" | "files">): boolean {
  const paths = files.map(({ path }) => `${name}/${path}`);
  return paths.length > 0 && paths.every((path) => path.split("/").every(isPlainSegment));
}

function isPlainSegment(segment: string): boolean {
  return !/^\.{0,2}$|[%?#\\\p{Cc}]/u.test(segment);
}

function fileForm(file: ModelFile, onWarning: (message: string) => void): FileForm {
  const { place, bytes, sha256: expected } = file;
  let known: string | undefined;
  return {
    ...{ sha256: expected, bytes },
    async open() {
      const state = await stateOf(place);
      // Of another file the asker is told by a status, as long as there is one to give.
      if (state === undefined || state !== known) await requireSame(file);
      known = state;
      return streamOf(verified());
    },
  };

  /** The last piece is given away when all are known to be right: nobody takes others for whole. */
  async function* verified(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let held: Uint8Array | undefined;
    try {
      for await (const piece of filePieces(place, bytes)) {
        if (held !== undefined) yield held;
        hash.update(piece);
        held = piece;
      }
      if (hash.digest("hex") !== expected) throw otherFile(place);
    } catch (error) {
      onWarning(`a download was broken off: ${describeError(error)}`);
      // Its words go where the answer's bytes go: no path may be among them.
      throw new MobileNetError("integrity", "the file was changed while it was sent");
    }
    if (held !== undefined) yield held;
  }
}

/** What shows that a file was written; nothing where there is none. */
async function stateOf(place: string): Promise<string | undefined> {
  const status = await statusIfThere(place);
  return status && [status.ino, status.size, status.mtimeNs].join();
}

/** @throws MobileNetError `integrity` for a file that is not what it was. */
async function requireSame({ place, bytes, sha256: expected }: ModelFile): Promise<void> {
  const hash = createHash("sha256");
  try {
    for await (const piece of filePieces(place, bytes)) hash.update(piece);
  } catch (cause) {
    throw otherFile(place, cause);
  }
  if (hash.digest("hex") !== expected) throw otherFile(place);
}

/** A stream that begins with its first reader and ends the pieces with the last. */
function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

function otherFile(place: string, cause?: unknown): MobileNetError {
  return new MobileNetError("integrity", "a model's file was changed since the server started", {
    ...{ node: place, expected: "what it was", cause },
    received: cause === undefined ? "other bytes" : describeError(cause),
    remedy: "Start the server again.",
  });
}
