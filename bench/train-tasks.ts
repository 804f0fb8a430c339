/** What `train.ts` measures: a network of each task with targets to learn and the loss that users have. */
import type { FeatureShape, Graph } from "../src/graph/ir.ts";
import { deeplabV3 } from "../src/models/deeplab.ts";
import { cifarStrides, mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { ssdlite, ssdliteDetection } from "../src/models/ssdlite.ts";
import { Random } from "../src/random.ts";
import type { Outputs } from "../src/train/network.ts";
import { classification } from "../src/train/objectives/classification.ts";
import { detection } from "../src/train/objectives/detection.ts";
import type { PreparedObjective } from "../src/train/objectives/objective.ts";
import { segmentation } from "../src/train/objectives/segmentation.ts";
import type { TrainingPlan } from "../src/train/plan.ts";

/** The mean loss of a batch; writes its gradients. */
export type BatchLoss = (outputs: Outputs, gradients: Outputs) => number;

/** A network, and how its batches are judged. */
export interface TrainingTask {
  /** Flags unless given: lists with commas. */
  readonly defaults: Readonly<Record<"widths" | "resolutions" | "batches", string>>;
  graph(width: number, resolution: readonly [number, number]): Graph;
  prepareLoss(plan: TrainingPlan, batch: number): Promise<BatchLoss>;
}

const objectClasses = 6;
const pixelClasses = 11;
/** Pixels of a square of one class in a random mask. */
const patch = 24;

/** The tasks by name. */
export const trainingTasks: Readonly<Record<string, TrainingTask>> = {
  classify: {
    defaults: { widths: "0.35,0.5,1", resolutions: "32", batches: "64" },
    graph: (width, resolution) => {
      const small = resolution[0] <= 64 ? { strides: cifarStrides } : {};
      return mobilenetV2({ width, resolution, classes: 10, ...small });
    },
    prepareLoss: (plan, batch) => lossOf(classification().prepare(plan), batch, (n) => n % 10),
  },
  detect: {
    defaults: { widths: "1", resolutions: "320", batches: "8" },
    graph: (width, resolution) => ssdlite({ width, resolution, classes: objectClasses }),
    prepareLoss: (plan, batch) => {
      const [, rows, columns] = plan.input;
      const { anchors, boxCoder } = ssdliteDetection([rows, columns]);
      const random = new Random(2);
      return lossOf(detection({ anchors, boxCoder }).prepare(plan), batch, () =>
        randomObjects(random, plan.input),
      );
    },
  },
  segment: {
    defaults: { widths: "1", resolutions: "360x480", batches: "4" },
    graph: (width, resolution) =>
      deeplabV3({ width, resolution, classes: pixelClasses, outputStride: 16 }),
    prepareLoss: (plan, batch) => {
      const random = new Random(2);
      return lossOf(segmentation().prepare(plan), batch, () => {
        const mask = randomMask(random, plan.input);
        return { readMask: () => mask };
      });
    },
  },
};

async function lossOf<Label, Target>(
  objective: PreparedObjective<Label, Target>,
  batch: number,
  label: (n: number) => Label,
): Promise<BatchLoss> {
  const targets: Target[] = [];
  for (let n = 0; n < batch; n++) {
    const sample = { label: label(n), name: `sample ${n}`, geometry: undefined };
    targets.push(await objective.target(sample));
  }
  return (outputs, gradients) => objective.loss({ outputs, targets }, gradients);
}

/** Four boxes of a tenth to a half of the picture's edges. */
function randomObjects(random: Random, [, rows, columns]: FeatureShape) {
  return Array.from({ length: 4 }, () => {
    const width = columns * (0.1 + 0.4 * random.uniform());
    const height = rows * (0.1 + 0.4 * random.uniform());
    const x = (columns - width) * random.uniform();
    const y = (rows - height) * random.uniform();
    return { classIndex: random.integer(objectClasses), box: { x, y, width, height } };
  });
}

/** Squares of random classes. */
function randomMask(random: Random, [, height, width]: FeatureShape) {
  const across = Math.ceil(width / patch);
  const squares = Array.from({ length: across * Math.ceil(height / patch) }, () =>
    random.integer(pixelClasses),
  );
  const classMap = Uint8Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return squares[Math.floor(row / patch) * across + Math.floor(column / patch)]!;
  });
  return { width, height, classMap };
}
