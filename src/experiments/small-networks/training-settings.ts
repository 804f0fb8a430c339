/** How networks are trained, in hours and in seconds: the same in all experiments, so that each is trained once. */
import type { TrainingSettings } from "./train-node.ts";

/** All of CIFAR-10: a network of width 0.25 takes some eight minutes on two cores. */
export const fullTraining: TrainingSettings = {
  data: "cifar10",
  resolution: 32,
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
