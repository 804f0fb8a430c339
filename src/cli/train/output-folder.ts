/** The folder of a training run: the model, the checkpoint, and what happened. */
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { MobileNetError } from "../../errors.ts";
import { classScores, confusions } from "../../evaluate/confusion.ts";
import { plotConfusion } from "../../evaluate/plot-confusion.ts";
import { makeFolder } from "../../hub/folder-node.ts";
import { type TrainedModel, writeTrainedModel } from "../../hub/trained-model.ts";
import type { Tensor } from "../../tensor.ts";
import type { CheckpointStore } from "../../train/checkpoint.ts";
import { fileCheckpoint, writeAtomically } from "../../train/checkpoint-node.ts";
import type { Evaluation } from "../../train/evaluate.ts";
import { formatJson } from "../json.ts";
import { drawCurves, type EpochMetrics } from "./curves.ts";

/** A run's files, each replaced at once. */
export interface OutputFolder {
  /** The folder's own name. */
  readonly name: string;
  readonly checkpoint: CheckpointStore;
  /** Metrics of earlier epochs, where a run goes on. */
  readonly epochs: readonly EpochMetrics[];
  addEpoch(metrics: EpochMetrics): Promise<void>;
  /** The confusion matrix as JSON and as a drawing. */
  saveEvaluation(evaluation: Evaluation, epoch: number, labels: readonly string[]): Promise<void>;
  saveModel(model: TrainedModel, weights: ReadonlyMap<string, Tensor>): Promise<void>;
  saveCard(text: string): Promise<void>;
}

const checkpointFile = "checkpoint.safetensors";

/**
 * Makes the folder and reads what a run that goes on has left.
 *
 * @param start - `fresh` takes no folder that holds a run: hours of work are replaced only by wish.
 * @throws MobileNetError `invalid-argument` where it holds one.
 */
export async function openOutput(
  folder: string,
  start: "fresh" | "resume" | "overwrite",
): Promise<OutputFolder> {
  await makeFolder(folder);
  const resume = start === "resume";
  if (start === "fresh" && (await stat(join(folder, checkpointFile)).catch(() => undefined))) {
    throw new MobileNetError("invalid-argument", "the folder holds a training run already", {
      node: folder,
      remedy: "Go on with it by --resume, name another folder, or replace it by --overwrite.",
    });
  }
  const name = basename(resolve(folder));
  const metricsPath = join(folder, "metrics.jsonl");
  const text = resume ? await readFile(metricsPath, "utf8").catch(() => "") : "";
  const epochs: EpochMetrics[] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EpochMetrics);
  return {
    name,
    checkpoint: fileCheckpoint(join(folder, checkpointFile)),
    epochs,
    async addEpoch(metrics) {
      const kept = epochs.filter(({ epoch }) => epoch < metrics.epoch);
      epochs.splice(0, epochs.length, ...kept, metrics);
      const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`);
      await writeAtomically(metricsPath, lines.join(""));
      await writeAtomically(join(folder, "curves.svg"), drawCurves(epochs, name));
    },
    async saveModel(model, weights) {
      for (const [name, bytes] of writeTrainedModel(model, weights)) {
        await writeAtomically(join(folder, name), bytes);
      }
    },
    async saveEvaluation(evaluation, epoch, labels) {
      const json = formatJson({ epoch, labels, ...evaluation });
      await writeAtomically(join(folder, "evaluation.json"), json);
      const counts = Float64Array.from(evaluation.confusion.flat());
      const matrix = { classes: labels.length, counts };
      const svg = plotConfusion({
        model: name,
        classes: classScores(matrix, labels),
        confusions: confusions(matrix),
      });
      await writeAtomically(join(folder, "confusion.svg"), svg);
    },
    saveCard: (text) => writeAtomically(join(folder, "README.md"), text),
  };
}
