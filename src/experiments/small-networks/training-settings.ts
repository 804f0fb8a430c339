/** How networks are trained, in hours and in seconds: the same in all experiments, so that each is trained once. */
import { having, type Kind, needed, numberFrom, oneOf, wholeFrom } from "../../check-fields.ts";
import type { PictureSettings } from "./pictures.ts";

/** Raised, with the experiments' own, whenever the same settings and seed come to other weights. */
export const trainingRevision = 1;

/** How all networks of an experiment are trained. */
export type TrainingSettings = PictureSettings & {
  /** Of the unchanged network. */
  readonly width: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
};

/** The same as a kind. */
export const trainingKind: Kind = having(
  {
    data: needed(oneOf("cifar10", "drawings")),
    resolution: needed(wholeFrom(8, 64)),
    training: needed(wholeFrom(1)),
    tested: needed(wholeFrom(1)),
    width: needed(numberFrom(0.01, 2)),
    epochs: needed(wholeFrom(1, 1000)),
    batch: needed(wholeFrom(1, 65_536)),
    learningRate: needed(numberFrom(0, 10)),
  },
  "how networks are trained",
);

/** All of CIFAR-10, made smaller: at 32² the same would take nearly twice as long. */
export const fullTraining: TrainingSettings = {
  data: "cifar10",
  resolution: 24,
  training: 50_000,
  tested: 10_000,
  width: 0.25,
  epochs: 6,
  batch: 64,
  learningRate: 0.05,
};

/** Some drawings: enough to see that everything works, and for nothing else. */
export const quickTraining: TrainingSettings = {
  data: "drawings",
  resolution: 16,
  training: 160,
  tested: 100,
  width: 0.25,
  epochs: 2,
  batch: 16,
  learningRate: 0.005,
};
