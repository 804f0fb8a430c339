/** The folder of a training run: the model, the checkpoint, and what happened. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../hub/folder-node.ts";
import { type TrainedModel, writeTrainedModel } from "../../hub/trained-model.ts";
import type { Tensor } from "../../tensor.ts";
import type { CheckpointStore } from "../../train/checkpoint.ts";
import { fileCheckpoint, writeAtomically } from "../../train/checkpoint-node.ts";
import { formatJson } from "../json.ts";
import { drawCurves, type EpochMetrics } from "./curves.ts";

/** A run's files, each replaced at once. */
export interface OutputFolder {
  readonly checkpoint: CheckpointStore;
  /** Metrics of earlier epochs, where a run goes on. */
  readonly epochs: readonly EpochMetrics[];
  addEpoch(metrics: EpochMetrics): Promise<void>;
  saveModel(model: TrainedModel, weights: ReadonlyMap<string, Tensor>): Promise<void>;
  saveJson(name: string, value: unknown): Promise<void>;
}

/** Makes the folder and reads what a run that goes on has left. */
export async function openOutput(folder: string, resume: boolean): Promise<OutputFolder> {
  await makeFolder(folder);
  const metricsPath = join(folder, "metrics.jsonl");
  const text = resume ? await readFile(metricsPath, "utf8").catch(() => "") : "";
  const epochs: EpochMetrics[] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EpochMetrics);
  return {
    checkpoint: fileCheckpoint(join(folder, "checkpoint.safetensors")),
    epochs,
    async addEpoch(metrics) {
      const kept = epochs.filter(({ epoch }) => epoch < metrics.epoch);
      epochs.splice(0, epochs.length, ...kept, metrics);
      const lines = epochs.map((epoch) => `${JSON.stringify(epoch)}\n`);
      await writeAtomically(metricsPath, lines.join(""));
      await writeAtomically(join(folder, "curves.svg"), drawCurves(epochs));
    },
    async saveModel(model, weights) {
      for (const [name, bytes] of writeTrainedModel(model, weights)) {
        await writeAtomically(join(folder, name), bytes);
      }
    },
    saveJson: (name, value) => writeAtomically(join(folder, name), formatJson(value)),
  };
}
