/** The folder of a training run: the model, the checkpoint, and what happened. */
import { basename, join, resolve } from "node:path";
import { namesIn, removeEntry } from "../../disk/entries-node.ts";
import { fileError } from "../../disk/file-error-node.ts";
import { makeFolder } from "../../disk/folder-node.ts";
import { type Hold, holdFolder } from "../../disk/hold-node.ts";
import { kindOf, readBytesIfThere, readText } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { MobileNetError } from "../../errors.ts";
import { isRecord } from "../../formats/files.ts";
import { type TrainedModel, writeTrainedModel } from "../../formats/own-model.ts";
import type { EpochMetrics } from "../../json/work.ts";
import type { Tensor } from "../../tensor.ts";
import type { CheckpointStore } from "../../train/checkpoint.ts";
import { fileCheckpoint } from "../../train/checkpoint-node.ts";
import { checkpointFile, type EarlierRun, heldError, runFiles } from "./check-output.ts";
import { drawCurves } from "./curves.ts";
import { figureOf, type TrainFigures } from "./figures.ts";
import type { RunMarks } from "./marks.ts";
import { runFile, settingsOf, writeRunFile } from "./run-file.ts";
import { pathsFile, writeRunPaths } from "./run-paths.ts";

/** A run's files, each replaced at once. */
export interface OutputFolder {
  /** The folder's own name. */
  readonly name: string;
  readonly checkpoint: CheckpointStore;
  /** Metrics of earlier epochs, where a run goes on. */
  readonly epochs: readonly EpochMetrics[];
  /**
   * Makes the folder, without the files of a run that is to be replaced, holds it for this run and writes
   * down with which options the run was begun and on what; of a run that goes on, that stays as it is.
   */
  begin(values: Readonly<Record<string, unknown>>, marks: () => Promise<RunMarks>): Promise<void>;
  /** Lets others have the folder; one that a failed run has left nothing in is as it was. */
  end(): Promise<void>;
  addEpoch(metrics: EpochMetrics): Promise<void>;
  /** Keeps a file: what an evaluation found, as JSON, as a drawing. */
  save(name: string, content: string | Uint8Array): Promise<void>;
  /** The drawings that are there, SVG. */
  drawings(): Promise<readonly string[]>;
  saveModel(model: TrainedModel, weights: ReadonlyMap<string, Tensor>): Promise<void>;
  saveCard(text: string): Promise<void>;
}

/** Of a run's metrics: a few hundred bytes for each epoch. */
const mostMetrics = 16 * 2 ** 20;

/** Reads what a run that goes on has left; nothing is written yet. */
export async function openOutput(
  folder: string,
  { resume, force }: EarlierRun,
  figures: TrainFigures<never>,
): Promise<OutputFolder> {
  const name = basename(resolve(folder));
  const metricsPath = join(folder, "metrics.jsonl");
  const checkpointPath = join(folder, checkpointFile);
  const isGoingOn = resume && (await kindOf(checkpointPath)) === "file";
  const epochs = isGoingOn ? await readMetrics(metricsPath, figures) : [];
  let hold: Hold | undefined;
  return {
    name,
    checkpoint: fileCheckpoint(checkpointPath),
    epochs,
    async begin(values, marks) {
      try {
        await makeFolder(folder);
      } catch (error) {
        throw fileError(folder, error);
      }
      const taken = await holdFolder(folder);
      if (!("release" in taken)) throw heldError(folder, taken);
      hold = taken;
      try {
        // The model stays until there is a better one.
        if (force) for (const file of runFiles.slice(0, -3)) await removeEntry(join(folder, file));
      } catch (error) {
        throw fileError(folder, error);
      }
      if (isGoingOn) return;
      const file = { settings: settingsOf(values), ...(await marks()) };
      await writeRunPaths(folder, values);
      await writeWhole(join(folder, runFile), writeRunFile(file), { lasting: true });
    },
    async end() {
      const names = await namesIn(folder).catch((): string[] => []);
      const left = runFiles.filter((name) => names.includes(name));
      // The run has ended by itself before anything was worth keeping.
      if (hold !== undefined && left.every((name) => name === runFile)) {
        for (const name of [runFile, pathsFile]) await removeEntry(join(folder, name));
      }
      await hold?.release();
      hold = undefined;
    },
    async addEpoch(metrics) {
      const kept = epochs.filter(({ epoch }) => epoch < metrics.epoch);
      epochs.splice(0, epochs.length, ...kept, metrics);
      const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`);
      await writeWhole(metricsPath, lines.join(""), { lasting: true });
      await writeWhole(join(folder, "curves.svg"), drawCurves(epochs, name, figures));
    },
    async saveModel(model, weights) {
      const files = writeTrainedModel(model, weights);
      await forgetHash(join(folder, "model.json"));
      for (const [name, bytes] of files) {
        await writeWhole(join(folder, name), bytes, { lasting: true });
      }
    },
    save: (file, content) => writeWhole(join(folder, file), content),
    async drawings() {
      const files = ["curves.svg", "confusion.svg", "class-ap.svg", "class-iou.svg"];
      const texts = files.map((file) => readText(join(folder, file)).catch(() => ""));
      return (await Promise.all(texts)).filter((text) => text !== "");
    },
    saveCard: (text) => writeWhole(join(folder, "MODEL_CARD.md"), text),
  };
}

/**
 * Takes the weights' hash out of a `model.json` whose weights are about to change: whenever the process
 * ends, the two files that it leaves fit each other.
 */
async function forgetHash(path: string): Promise<void> {
  const text = await readText(path).catch(() => undefined);
  if (text === undefined) return;
  const without = text.replace(/^ *"weightsSha256": "[0-9a-f]*",\n/m, "");
  await writeWhole(path, without, { lasting: true });
}

async function readMetrics(path: string, figures: TrainFigures<never>): Promise<EpochMetrics[]> {
  const bytes = await readBytesIfThere(path, { most: mostMetrics, code: "invalid-data" });
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, index) => {
    const metrics = parseMetrics(line, figures);
    if (metrics !== undefined) return metrics;
    throw new MobileNetError("io", "the run's metrics cannot be read", {
      node: path,
      expected: "an epoch as JSON in each line",
      received: `another line ${index + 1}`,
      remedy: "Remove that line, or the file: the run itself is in the checkpoint.",
    });
  });
}

/** An epoch's numbers and nothing else that the line may hold. */
function parseMetrics(line: string, figures: TrainFigures<never>): EpochMetrics | undefined {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(row)) return undefined;
  const known = /^(?:epoch|(?:training|validation)[A-Za-z\d]+)$/;
  const { epoch, trainingLoss } = row;
  const numbers = Object.entries(row).filter(
    ([name, value]) => known.test(name) && value !== undefined,
  );
  if (!numbers.every(([, value]) => Number.isFinite(value))) return undefined;
  if (typeof epoch !== "number" || typeof trainingLoss !== "number") return undefined;
  const metrics: EpochMetrics = { ...Object.fromEntries(numbers), epoch, trainingLoss };
  const trained =
    figures.training === undefined || figureOf(metrics, figures.training) !== undefined;
  return trained ? metrics : undefined;
}
