/** The folder of a training run: the model, the checkpoint, and what happened. */
import { basename, join, resolve } from "node:path";
import type { Pictures } from "../../data/pictures.ts";
import { namesIn, removeEntry } from "../../disk/entries-node.ts";
import { fileError } from "../../disk/file-error-node.ts";
import { makeFolder } from "../../disk/folder-node.ts";
import { readBytesIfThere, readText } from "../../disk/read-node.ts";
import { writeWhole } from "../../disk/write-node.ts";
import { MobileNetError } from "../../errors.ts";
import { classScores, confusions } from "../../evaluate/confusion.ts";
import { plotConfusion } from "../../evaluate/plot-confusion.ts";
import { isRecord } from "../../formats/files.ts";
import { type TrainedModel, writeTrainedModel } from "../../formats/own-model.ts";
import type { EpochMetrics } from "../../json/work.ts";
import type { Tensor } from "../../tensor.ts";
import type { CheckpointStore } from "../../train/checkpoint.ts";
import { fileCheckpoint } from "../../train/checkpoint-node.ts";
import type { NetworkEvaluation } from "../../train/evaluate.ts";
import { formatJson } from "../json.ts";
import { UsageError } from "../usage-error.ts";
import { drawCurves } from "./curves.ts";
import { marksOf, runFile, settingsOf, writeRunFile } from "./run-file.ts";

/** A run's files, each replaced at once. */
export interface OutputFolder {
  /** The folder's own name. */
  readonly name: string;
  readonly checkpoint: CheckpointStore;
  /** Metrics of earlier epochs, where a run goes on. */
  readonly epochs: readonly EpochMetrics[];
  /** Makes the folder, without the files of a run that is to be replaced. */
  make(): Promise<void>;
  /** Writes down with which options the run was begun and what it is trained on. */
  saveRun(values: Readonly<Record<string, unknown>>, training: Pictures): Promise<void>;
  addEpoch(metrics: EpochMetrics): Promise<void>;
  /** The confusion matrix as JSON and as a drawing. */
  saveEvaluation(
    evaluation: NetworkEvaluation,
    epoch: number,
    labels: readonly string[],
  ): Promise<void>;
  saveModel(model: TrainedModel, weights: ReadonlyMap<string, Tensor>): Promise<void>;
  saveCard(text: string): Promise<void>;
}

/** What a run leaves. Any of them tells that there was one. */
const runFiles: readonly string[] = [
  "checkpoint.safetensors",
  "run.json",
  "metrics.jsonl",
  "curves.svg",
  "evaluation.json",
  "confusion.svg",
  "model.json",
  "model.safetensors",
  "MODEL_CARD.md",
];

/** Of a run's metrics: a few hundred bytes for each epoch. */
const mostMetrics = 16 * 2 ** 20;

/** What the user said of a run that is there already. */
export interface EarlierRun {
  /** Goes on with it. */
  readonly resume: boolean;
  /** Replaces it. */
  readonly force: boolean;
}

/**
 * Refuses to replace what an earlier run has left, unless it is wanted.
 *
 * @throws UsageError where it is not.
 */
export async function checkOutput(folder: string, { resume, force }: EarlierRun): Promise<void> {
  if (resume && force) {
    throw new UsageError("--resume and --force exclude each other", {
      remedy: "Go on with the run in --out, or replace it.",
    });
  }
  if (force) return;
  const names = await namesIn(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw fileError(folder, error);
  });
  const found = runFiles.filter((name) => names.includes(name));
  if (found.length === 0) {
    if (!resume) return;
    throw new UsageError("--out has no run to go on from", {
      node: folder,
      expected: "a folder with checkpoint.safetensors, which a run leaves after each epoch",
      received: names.length === 0 ? "no files" : "none of a run's files",
      remedy: "Name the run's folder, or leave out --resume to begin.",
    });
  }
  if (resume) {
    if (found.includes("checkpoint.safetensors")) return;
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

/** Reads what a run that goes on has left; nothing is written yet. */
export async function openOutput(
  folder: string,
  { resume, force }: EarlierRun,
): Promise<OutputFolder> {
  const name = basename(resolve(folder));
  const metricsPath = join(folder, "metrics.jsonl");
  const epochs = resume ? await readMetrics(metricsPath) : [];
  return {
    name,
    checkpoint: fileCheckpoint(join(folder, "checkpoint.safetensors")),
    epochs,
    async make() {
      try {
        await makeFolder(folder);
        // The model stays until there is a better one.
        if (force) for (const file of runFiles.slice(0, 6)) await removeEntry(join(folder, file));
      } catch (error) {
        throw fileError(folder, error);
      }
    },
    async saveRun(values, training) {
      const file = { settings: settingsOf(values), trained: await marksOf(training) };
      await writeWhole(join(folder, runFile), writeRunFile(file), { lasting: true });
    },
    async addEpoch(metrics) {
      const kept = epochs.filter(({ epoch }) => epoch < metrics.epoch);
      epochs.splice(0, epochs.length, ...kept, metrics);
      const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`);
      await writeWhole(metricsPath, lines.join(""), { lasting: true });
      await writeWhole(join(folder, "curves.svg"), drawCurves(epochs, name));
    },
    async saveModel(model, weights) {
      const files = writeTrainedModel(model, weights);
      await forgetHash(join(folder, "model.json"));
      for (const [name, bytes] of files) {
        await writeWhole(join(folder, name), bytes, { lasting: true });
      }
    },
    async saveEvaluation(evaluation, epoch, labels) {
      const json = formatJson({ epoch, labels, ...evaluation });
      await writeWhole(join(folder, "evaluation.json"), json);
      const counts = Float64Array.from(evaluation.confusion.flat());
      const matrix = { classes: labels.length, counts };
      const svg = plotConfusion({
        model: name,
        classes: classScores(matrix, labels),
        confusions: confusions(matrix),
      });
      await writeWhole(join(folder, "confusion.svg"), svg);
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

async function readMetrics(path: string): Promise<EpochMetrics[]> {
  const bytes = await readBytesIfThere(path, { most: mostMetrics, code: "invalid-data" });
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, index) => {
    const metrics = parseMetrics(line);
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
function parseMetrics(line: string): EpochMetrics | undefined {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(row)) return undefined;
  const { epoch, trainingLoss, trainingAccuracy } = row;
  const { validationLoss = undefined, validationAccuracy = undefined } = row;
  const isNumber = (value: unknown): value is number => Number.isFinite(value);
  const isOptional = (value: unknown): value is number | undefined =>
    value === undefined || isNumber(value);
  if (!isNumber(epoch) || !isNumber(trainingLoss) || !isNumber(trainingAccuracy)) return undefined;
  if (!isOptional(validationLoss) || !isOptional(validationAccuracy)) return undefined;
  return { epoch, trainingLoss, trainingAccuracy, validationLoss, validationAccuracy };
}
