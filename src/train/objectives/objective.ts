/**
 * What a run learns, in one object: how a sample's label becomes a target, how wrong outputs are and in
 * which direction to change them, and how good a network is. The loop knows no task besides.
 */
import { indexOfNonFinite } from "../../tensor.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import type { Geometry } from "../data/geometry.ts";
import type { Outputs } from "../network.ts";
import type { TrainingPlan } from "../plan.ts";

/** What every evaluation has; an objective's own has more. */
export interface NetworkEvaluation {
  /** The mean over the samples. */
  readonly loss: number;
  readonly samples: number;
  /** The figure that runs are compared by: the larger, the better. */
  readonly headline: number;
}

/** A sample as its target is made. */
export interface LabelledSample<Label> {
  readonly label: Label;
  /** What messages call it. */
  readonly name: string;
  /** Where augmentation put the picture's points; absent where the picture was not moved by it. */
  readonly geometry: Geometry | undefined;
}

/** Outputs of a batch, one target a sample. */
export interface ObjectiveBatch<Target> {
  readonly outputs: Outputs;
  readonly targets: readonly Target[];
}

/** An evaluation under way. */
export interface EvaluationSum<Target, Evaluation extends NetworkEvaluation> {
  /** Adds a batch, whose mean loss is known. */
  add(batch: ObjectiveBatch<Target>, loss: number): void;
  end(): Evaluation;
}

/** An objective for one network. */
export interface PreparedObjective<
  Label,
  Target,
  Evaluation extends NetworkEvaluation = NetworkEvaluation,
> {
  /** Makes a target; may read what the label only names. */
  target(sample: LabelledSample<Label>): Target | Promise<Target>;
  /** Two samples' target, where pictures are mixed in such shares; absent where they cannot be. */
  blend?(target: Target, other: Target, share: number): Target;
  /**
   * The mean loss over the samples.
   *
   * @param gradients - Where its derivatives by the outputs are written, if wanted: all of each output.
   */
  loss(batch: ObjectiveBatch<Target>, gradients?: Outputs): number;
  /** How many samples are right as they are, where that can be said of each. */
  correct?(batch: ObjectiveBatch<Target>): number;
  evaluation(): EvaluationSum<Target, Evaluation>;
}

/** What a run learns. */
export interface Objective<
  Label,
  Target = unknown,
  Evaluation extends NetworkEvaluation = NetworkEvaluation,
> {
  readonly name: string;
  /** What the headline figure is called. */
  readonly headline: string;
  /** What tells it from others of its name, as JSON: a run resumes only with an equal objective. */
  readonly settings?: unknown;
  /**
   * Readies it for a network.
   *
   * @throws MobileNetError `invalid-argument` where the network's outputs are not what it looks at.
   */
  prepare(plan: TrainingPlan): PreparedObjective<Label, Target, Evaluation>;
}

/**
 * The mean loss of a batch; no number where an output is none or infinite, though no target looked there:
 * a network that has gone out of bounds shall not pass for one without a loss.
 */
export function lossOf<Label, Target, Evaluation extends NetworkEvaluation>(
  objective: PreparedObjective<Label, Target, Evaluation>,
  batch: ObjectiveBatch<Target>,
  gradients?: Outputs,
): number {
  const loss = objective.loss(batch, gradients);
  const isSound = [...batch.outputs.values()].every((values) => indexOfNonFinite(values) < 0);
  return isSound ? loss : Number.NaN;
}

/** Refuses what is no objective. */
export function isObjective(value: unknown): boolean {
  const { name, headline, prepare } = fieldsOf(value);
  return typeof name === "string" && typeof headline === "string" && typeof prepare === "function";
}
