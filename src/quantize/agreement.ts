/**
 * How often the 8-bit network chooses the class that the float network chooses: a picture's first
 * class, each pixel's of a picture at its own size, or each anchor's. A row for each task.
 */
import type { Model, Task } from "../models/model.ts";
import { rankClasses } from "../tasks/classifier.ts";
import { bestAnchorClasses } from "../tasks/detector.ts";
import { segmentPixels } from "../tasks/segmenter.ts";
import type { TaskRun } from "../tasks/task.ts";
import type { Agreement } from "./report.ts";

/** What is compared of a task. */
export interface AgreementRow<M extends Model> {
  readonly measure: Agreement["measure"];
  /** The classes that a network chooses for one picture: as many for either network. */
  choices(run: TaskRun<M>): ArrayLike<number>;
  /** Whether the areas of classes are compared as well. */
  readonly areas: boolean;
}

/** A row for each task. */
const agreements: {
  readonly [T in Task]: AgreementRow<Extract<Model, { readonly task: T }>>;
} = {
  classify: { measure: "top-1", choices: (run) => rankClasses(run, 1), areas: false },
  detect: { measure: "anchors", choices: bestAnchorClasses, areas: false },
  segment: { measure: "pixels", choices: (run) => segmentPixels(run).classMap, areas: true },
};

/** Counts choices over pictures. */
export class AgreementCounter {
  readonly #row: AgreementRow<Model>;
  #equal = 0;
  #count = 0;
  /** Choices by class: of both, and of either. */
  readonly #both: Float64Array;
  readonly #either: Float64Array;

  constructor({ task, labels }: Model) {
    // Its runs are those of the same model.
    this.#row = agreements[task] as AgreementRow<Model>;
    // A detector's scores begin with the background.
    this.#both = new Float64Array(labels.length + 1);
    this.#either = new Float64Array(labels.length + 1);
  }

  /** Adds what both networks gave for one picture. */
  add(runs: { readonly float: TaskRun; readonly quantized: TaskRun }): void {
    const a = this.#row.choices(runs.float);
    const b = this.#row.choices(runs.quantized);
    for (let i = 0; i < a.length; i++) {
      if (a[i] === b[i]) {
        this.#equal++;
        this.#both[a[i]]++;
        this.#either[a[i]]++;
      } else {
        this.#either[a[i]]++;
        this.#either[b[i]]++;
      }
    }
    this.#count += a.length;
  }

  result(): Agreement {
    const { measure, areas } = this.#row;
    const fraction = this.#count === 0 ? 1 : this.#equal / this.#count;
    const base = { measure, fraction, count: this.#count };
    if (!areas) return base;
    const present = [...this.#either.keys()].filter((index) => this.#either[index] > 0);
    const total = present.reduce((sum, i) => sum + this.#both[i] / this.#either[i], 0);
    return { ...base, meanIou: total / Math.max(1, present.length) };
  }
}
