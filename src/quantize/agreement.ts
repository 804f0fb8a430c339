/**
 * How often the 8-bit network chooses the class that the float network chooses: a picture's first
 * class, each pixel's of a picture at its own size, or each anchor's.
 */

import type { Preprocess } from "../image/presets.ts";
import type { Task } from "../models/model.ts";
import { logitPositions } from "../tasks/positions.ts";
import { segmentLogits } from "../tasks/segmentation.ts";
import { indexOfLargest, type Shape } from "../tensor.ts";
import type { PreparedPicture } from "./pictures.ts";
import type { Agreement } from "./report.ts";

/** What both networks gave for one picture. */
export interface ComparedOutputs {
  readonly float: readonly Float32Array[];
  readonly quantized: readonly Float32Array[];
}

/** Counts choices over pictures. */
export class AgreementCounter {
  readonly #task: Task;
  readonly #preprocess: Preprocess;
  /** Of the output that holds the classes. */
  readonly #shape: Shape;
  #equal = 0;
  #count = 0;
  /** Pixels by class: chosen by both, and by either. */
  readonly #both: Float64Array;
  readonly #either: Float64Array;

  /** @param shapes - Of the network's outputs. */
  constructor(task: Task, shapes: readonly Shape[], preprocess: Preprocess) {
    this.#task = task;
    this.#preprocess = preprocess;
    this.#shape = shapes[this.#output] ?? [1, 1, 1, 1];
    const classes = this.#shape[3] ?? 1;
    this.#both = new Float64Array(classes);
    this.#either = new Float64Array(classes);
  }

  /** Adds one picture. */
  add(outputs: ComparedOutputs, picture: PreparedPicture): void {
    const [a, b] = [outputs.float, outputs.quantized].map((values) =>
      this.#classes(values[this.#output] as Float32Array, picture),
    ) as [ArrayLike<number>, ArrayLike<number>];
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
    const measure = ({ classify: "top-1", segment: "pixels", detect: "anchors" } as const)[
      this.#task
    ];
    const fraction = this.#count === 0 ? 1 : this.#equal / this.#count;
    const base = { measure, fraction, count: this.#count };
    if (measure !== "pixels") return base;
    const present = [...this.#either.keys()].filter((index) => this.#either[index] > 0);
    const total = present.reduce((sum, i) => sum + this.#both[i] / this.#either[i], 0);
    return { ...base, meanIou: total / Math.max(1, present.length) };
  }

  /** A detector's second output has the classes. */
  get #output(): number {
    return this.#task === "detect" ? 1 : 0;
  }

  #classes(data: Float32Array, { image, placement }: PreparedPicture): ArrayLike<number> {
    const [, rows, columns, classes] = this.#shape as readonly [number, number, number, number];
    if (this.#task === "segment") {
      const logits = { data, rows, columns, classes };
      const context = { placement, preprocess: this.#preprocess, image };
      return segmentLogits(logits, logitPositions(logits, context)).classMap;
    }
    return Array.from({ length: data.length / classes }, (_, i) =>
      indexOfLargest(data, i * classes, classes),
    );
  }
}
