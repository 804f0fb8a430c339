/** What `train` may do with the folder in `--out`, found before anything is loaded or replaced. */
import { basename, dirname, join, resolve } from "node:path";
import { namesIn, requireWritable, statusIfThere } from "../../disk/entries-node.ts";
import { fileError } from "../../disk/file-error-node.ts";
import { folderHolder, type Holder } from "../../disk/hold-node.ts";
import { quote } from "../../untrusted.ts";
import { UsageError } from "../usage-error.ts";
import { runFile } from "./run-file.ts";

/** The file that a run goes on from. */
export const checkpointFile = "checkpoint.safetensors";

/** What a run leaves. Any of them but its options tells that there was one. */
export const runFiles: readonly string[] = [
  checkpointFile,
  runFile,
  "metrics.jsonl",
  "curves.svg",
  "evaluation.json",
  "confusion.svg",
  "class-iou.svg",
  "class-ap.svg",
  "worst.png",
  "test.json",
  "report.html",
  "model.tflite",
  "model.json",
  "model.safetensors",
  "MODEL_CARD.md",
];

/** What the user said of a run that is there already. */
export interface EarlierRun {
  /** Where the pictures are, if that was said. */
  readonly data?: string | undefined;
  /** Goes on with it. */
  readonly resume: boolean;
  /** Replaces it. */
  readonly force: boolean;
  /** Whether 8 bits are simulated, perhaps after a run of its own in the folder `float`. */
  readonly "quantize-aware"?: boolean | undefined;
}

/** Where the float model is trained that 8 bits are simulated in. */
export function floatFolder(folder: string): string {
  return join(folder, "float");
}

/**
 * Refuses to replace what an earlier run has left, unless it is wanted, and a folder that cannot be
 * written to or that another run holds.
 *
 * @returns Whether there is a checkpoint to go on from.
 * @throws UsageError where it is not.
 */
export async function checkOutput(
  folder: string,
  { data, resume, force, "quantize-aware": aware }: EarlierRun,
): Promise<boolean> {
  if (resume && force) {
    throw new UsageError("--resume and --force exclude each other", {
      remedy: "Go on with the run in --out, or replace it.",
    });
  }
  const names = await namesIn(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw fileError(folder, error);
  });
  await requirePlace(folder);
  const holder = await folderHolder(folder);
  if (holder !== undefined) throw heldError(folder, holder);
  const found = runFiles.filter((name) => names.includes(name));
  if (resume && found.includes(checkpointFile)) return true;
  if (aware && names.includes("float") && found.every((name) => name === runFile)) {
    await checkOutput(floatFolder(folder), { data, resume, force });
    return false;
  }
  // A run that ended before its first checkpoint has left no more than its options.
  const isBegun = found.every((name) => name === runFile);
  if (force || (isBegun && (!resume || found.length > 0 || data !== undefined))) return false;
  if (found.length === 0) {
    throw new UsageError("--out has no run to go on from", {
      node: folder,
      expected: `a folder with ${runFile}, which a run begins with`,
      received: names.length === 0 ? "no files" : "none of a run's files",
      remedy: "Name the run's folder, or --data to begin one.",
    });
  }
  if (resume) {
    throw new UsageError("--out has no checkpoint to go on from", {
      node: folder,
      received: found.join(", "),
      remedy: "Replace what is there by --force, or name another folder.",
    });
  }
  throw new UsageError("--out has a run or a model already", {
    node: folder,
    received: found.join(", "),
    remedy: "Go on with it by --resume, replace it by --force, or name another folder.",
  });
}

/** Refuses a folder that nothing can be written to, or that cannot be made. */
async function requirePlace(folder: string): Promise<void> {
  for (let place = resolve(folder); ; place = dirname(place)) {
    if ((await statusIfThere(place)) === undefined && place !== dirname(place)) continue;
    await requireWritable(place).catch((error: unknown) => {
      throw fileError(folder, error);
    });
    return;
  }
}

/** The error of a folder that another run holds. */
export function heldError(folder: string, { process, since, elsewhere, path }: Holder): UsageError {
  const where = elsewhere ? ", of another machine" : "";
  const began = new Date(since).toISOString().slice(0, 19).replace("T", " ");
  return new UsageError("another run is under way in --out", {
    node: folder,
    expected: "a folder that no run writes to",
    received: `process ${process}${where}, begun ${began} UTC`,
    remedy: elsewhere
      ? `Name another folder; if that run is over, remove ${quote(basename(path))} there.`
      : "Wait until it is over, end it, or name another folder.",
  });
}
