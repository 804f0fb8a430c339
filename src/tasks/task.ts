/**
 * What a task is: which values it reads from a model's graph, and how they become an answer. A task
 * runs nothing itself; whoever has a network's outputs and knows where the picture lay in its input (a
 * loaded model, a server, a loop over video frames, another engine) calls `postprocess`.
 */
import { MobileNetError } from "../errors.ts";
import { originalSize } from "../image/image.ts";
import type { Model } from "../models/model.ts";
import type { OptionNames } from "../option-names.ts";
import { float32Tensor, formatShape, type Shape, type Tensor } from "../tensor.ts";
import type { CallOptions } from "./platform.ts";
import type { Frame } from "./positions.ts";
import type { PictureSession, SessionRun } from "./session.ts";

/** The types that belong to a task. */
export interface TaskTypes {
  /** The models that it takes. */
  readonly model: Model;
  /** What a call may be given. */
  readonly options: CallOptions;
  /** The same, checked and complete. */
  readonly settings: object;
  readonly result: unknown;
  /** What a loaded model tells besides its name, labels and description. */
  readonly facts: object;
}

/** A value that a task reads. */
export interface TaskOutput {
  /** The node that gives it; undefined where the graph has none. */
  readonly node: string | undefined;
  /** What it holds, in the plural: "class logits". */
  readonly role: string;
  /** NHWC of one picture; undefined where any number will do. */
  readonly shape: readonly [
    images: 1,
    rows: number | undefined,
    columns: number | undefined,
    channels: number | undefined,
  ];
}

/** What a network gave for a picture. */
export interface TaskRun<M extends Model = Model> {
  readonly model: M;
  /** The values of the task's outputs, in their order. */
  readonly outputs: readonly Tensor<"float32">[];
  readonly frame: Frame;
}

/** A task: one row of the table in tasks.ts. */
export interface TaskRow<T extends TaskTypes> {
  /** What it reads from a model's graph. */
  outputs(model: T["model"]): readonly TaskOutput[];
  /** What a loaded model tells besides, from the shapes of its outputs. */
  facts(model: T["model"], shapes: readonly Shape[]): T["facts"];
  /** Begins to load what makes the first answer quicker; nobody waits for it. */
  prepare?(): void;
  /** The options of its calls; any other is refused. */
  readonly optionNames: OptionNames<T["options"]>;
  /**
   * The options of a call, checked.
   *
   * @throws MobileNetError `invalid-argument`.
   */
  settle(model: T["model"], options: T["options"]): T["settings"];
  /** From a network's outputs to the answer. It depends on nothing else and changes nothing. */
  postprocess(run: TaskRun<T["model"]>, settings: T["settings"]): T["result"];
  /** What `JSON.stringify` makes of an answer that has typed arrays. */
  json?(result: T["result"]): unknown;
}

/** What a session gave for a picture, as `postprocess` takes it. */
export function taskRun<M extends Model>(
  model: M,
  { outputShapes, preprocess }: Pick<PictureSession<never>, "outputShapes" | "preprocess">,
  { image, placement, outputs }: SessionRun,
): TaskRun<M> {
  return {
    model,
    outputs: outputs.map((data, i) => float32Tensor(outputShapes[i]!, data)),
    frame: { image: originalSize(image), placement, preprocess },
  };
}

/**
 * The names of the nodes that a task reads.
 *
 * @throws MobileNetError `invalid-model` where the graph lacks one.
 */
export function outputNodes(model: Model, outputs: readonly TaskOutput[]): readonly string[] {
  return outputs.map(({ node, role, shape }) => {
    if (node !== undefined) return node;
    throw misfit(model, {
      expected: `${role}, ${formatContract(shape)}`,
      received: "no such output",
    });
  });
}

/**
 * Checks that a network's outputs have the shapes that a task reads.
 *
 * @throws MobileNetError `invalid-model` where one has not.
 */
export function checkOutputs(
  model: Model,
  outputs: readonly TaskOutput[],
  shapes: readonly Shape[],
): void {
  for (const [index, { role, shape: wanted }] of outputs.entries()) {
    const shape = shapes[index] ?? [];
    const fits = wanted.every((size, axis) => size === undefined || size === shape[axis]);
    if (fits && shape.length === wanted.length) continue;
    throw misfit(model, {
      expected: `${role}, ${formatContract(wanted)}`,
      received: formatShape(shape),
    });
  }
}

function misfit(
  model: Model,
  facts: { readonly expected: string; readonly received: string },
): MobileNetError {
  return new MobileNetError("invalid-model", "the network does not fit its task", {
    node: model.name,
    ...facts,
    remedy: "The model's labels and settings must be those of its weights",
  });
}

/** A shape as people write it, with words where any number will do. */
function formatContract(shape: TaskOutput["shape"]): string {
  return shape
    .map((size, axis) => size ?? ["images", "rows", "columns", "channels"][axis])
    .join("×");
}
