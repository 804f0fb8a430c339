/** Why a run cannot go on, in the words of the command line: the options and the data in place of the settings behind them. */
import { MobileNetError } from "../../errors.ts";
import { OtherRunError } from "../../train/checkpoint.ts";

/** What a setting is called here, by how its path begins; the first that fits. */
const names: readonly (readonly [path: string, name: string])[] = [
  ["settings.pictures", "the pictures in --data"],
  ["settings.data", "the classes in --data"],
  ["samples", "the number of pictures in --data (or --limit)"],
  ["settings.base", "the weights of --from"],
  ["settings.preprocess.width", "--resolution"],
  ["settings.preprocess.height", "--resolution"],
  ["settings.preprocess", "how --from prepares pictures"],
  ["settings.architecture.width", "--width"],
  ["settings.architecture.resolution", "--resolution"],
  ["settings.architecture.classes", "the classes in --data"],
  ["settings.architecture", "the network of --from or --width"],
  ["settings.freeze", "--freeze"],
  ["settings.decode", "--exact"],
  ["settings.augmentation.flip", "--no-flip"],
  ["settings.augmentation.policy", "--policy"],
  ["settings.augmentation", "--recipe"],
  ["settings.initialization", "--recipe"],
  ["network", "the network of --from, --width or --resolution"],
  ["objective.settings.loss", "--loss"],
  ["objective.name", "--loss"],
  ["epochs", "--epochs"],
  ["batch", "--batch"],
  ["accumulate", "--batch or --memory"],
  ["seed", "--seed"],
  ["clipNorm", "--clip-norm"],
  ["patience", "--patience"],
  ["rounds.shards", "--shards"],
  ["rounds", "--local-steps"],
  ["schedule.learningRate", "--learning-rate"],
  ["", "--recipe"],
];

/** An error of going on, naming what the user can change. */
export function inTrainOptions(error: unknown): unknown {
  if (!(error instanceof OtherRunError)) return error;
  const found = error.paths.map((path) => names.find(([start]) => path.startsWith(start))![1]);
  // What follows from something else that differs is not told besides.
  const told = [...new Set(found)].filter((name) => name !== "--recipe" || found.length === 1);
  return new MobileNetError(error.code, "the checkpoint in --out belongs to another run", {
    expected: "the run's own data and options",
    received: `others: ${(told.length > 0 ? told : found).slice(0, 6).join(", ")}`,
    remedy: "Resume with the same data and no other options, or begin anew in another folder.",
    cause: error,
  });
}
