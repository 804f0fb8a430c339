/**
 * How often the 8-bit network chooses the class that the float network chooses: a picture's first
 * class, each pixel's of a picture at its own size, or each anchor's. A row for each task.
 */
import { MobileNetError } from "../errors.ts";
import { type HeadTask, isHeadTask, type Model } from "../models/model.ts";
import { rankClasses } from "../tasks/classifier.ts";
import { bestAnchorClasses } from "../tasks/detector.ts";
import { segmentPixels } from "../tasks/segmenter.ts";
import type { TaskRun } from "../tasks/task.ts";
import type { VerbTypes } from "../tasks/tasks.ts";
import type { Agreement } from "./report.ts";

/** What a model with a head gave. */
type HeadRun = TaskRun<Extract<Model, { task: HeadTask }>>;

/** What is compared of a task. */
interface AgreementRow<M extends Model> {
  readonly measure: Agreement["measure"];
  /** The classes that a network chooses for one picture: as many for either network. */
  choices(run: TaskRun<M>): ArrayLike<number>;
  /** Whether the areas of classes are compared as well. */
  readonly areas: boolean;
}

/** A row for each task. */
const agreements: { readonly [T in HeadTask]: AgreementRow<VerbTypes[T]["model"]> } = {
  classify: { measure: "top-1", choices: (run) => rankClasses(run, 1), areas: false },
  detect: { measure: "anchors", choices: bestAnchorClasses, areas: false },
  segment: { measure: "pixels", choices: (run) => segmentPixels(run).classMap, areas: true },
};

/** Counts choices over pictures. */
export class AgreementCounter {
  readonly #task: HeadTask;
  #equal = 0;
  #count = 0;
  /** Choices by class: of both, and of either. */
  readonly #both: Float64Array;
  readonly #either: Float64Array;

  /** @throws MobileNetError `unsupported` where the model has no head, and so chooses nothing. */
  constructor({ name, task, labels }: Model) {
    if (!isHeadTask(task)) {
      throw new MobileNetError("unsupported", "a model without a head chooses no classes", {
        node: name,
        expected: "a classifier, a detector or a segmenter",
        remedy: "Quantise the model that it is a part of.",
      });
    }
    this.#task = task;
    // A detector's scores begin with the background.
    this.#both = new Float64Array(labels.length + 1);
    this.#either = new Float64Array(labels.length + 1);
  }

  /** Adds what both networks gave for one picture. */
  add(runs: { readonly float: TaskRun; readonly quantized: TaskRun }): void {
    const [a, b] = [runs.float, runs.quantized].map((run) =>
      choicesOf(this.#task, run as HeadRun),
    ) as [ArrayLike<number>, ArrayLike<number>];
    for (let i = 0; i < a.length; i++) {
      const [one, other] = [a[i]!, b[i]!];
      this.#either[one]!++;
      if (one === other) {
        this.#equal++;
        this.#both[one]!++;
      } else this.#either[other]!++;
    }
    this.#count += a.length;
  }

  result(): Agreement {
    const { measure, areas } = agreements[this.#task];
    const fraction = this.#count === 0 ? 1 : this.#equal / this.#count;
    const base = { measure, fraction, count: this.#count };
    if (!areas) return base;
    let [total, present] = [0, 0];
    for (const [index, either] of this.#either.entries()) {
      if (either === 0) continue;
      total += this.#both[index]! / either;
      present++;
    }
    return { ...base, meanIou: total / Math.max(1, present) };
  }
}

function choicesOf<T extends HeadTask>(
  task: T,
  run: TaskRun<VerbTypes[T]["model"]>,
): ArrayLike<number> {
  return agreements[task].choices(run);
}
