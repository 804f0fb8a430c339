/**
 * What a resumed run must share with the one that was interrupted: every setting that changes the
 * result, with defaults filled in, so that a default that is written out equals one that is left out.
 * Who reads it gets it as JSON; settings-difference.ts names what differs between two.
 */
import { describeError, MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import type { NetworkEvaluation } from "./objectives/objective.ts";
import { resolveOptimizer } from "./optimizers.ts";
import { resolveSchedule } from "./schedules.ts";
import type { TrainOptions } from "./train-options.ts";

/**
 * A run's settings as JSON; equal texts mean equal results on equal data.
 *
 * What only says when to stop for damage, how often to keep a checkpoint or on how many threads to
 * compute is left out: a run may go on with other choices of these.
 */
export function describeSettings<Label, Target, Evaluation extends NetworkEvaluation>({
  network,
  training,
  validation,
  ...options
}: TrainOptions<Label, Target, Evaluation>): string {
  const { epochs, seed, accumulate = 1, clipNorm, mixup = 0, cutmix = 0, patience } = options;
  const { averageDecay = 0, views, objective, settings, shard, localSteps } = options;
  const alone = shard === undefined || shard.count === 1 ? {} : { shard };
  return canonicalJson({
    network: { ...outline(network.plan.graph), ...network.settings },
    batch: network.batch,
    samples: [training.count, validation?.count ?? 0],
    optimizer: resolveOptimizer(options.optimizer),
    schedule: resolveSchedule(options.schedule),
    objective: { name: objective.name, settings: objective.settings },
    ...{ epochs, seed, accumulate, clipNorm, averageDecay, mixup, cutmix, views, patience },
    // Between rounds all shards have one state.
    ...(localSteps === undefined
      ? alone
      : { rounds: { shards: shard?.count ?? 1, steps: localSteps } }),
    settings,
  });
}

/** What a graph computes: every node with its settings, and the shapes of what it reads. */
function outline({ name, nodes, parameters }: Graph): Readonly<Record<string, unknown>> {
  const shapes = [...parameters].map(([parameter, { shape }]) => [parameter, shape]);
  return {
    name,
    nodes: Object.fromEntries(nodes.map(({ name: node, ...rest }) => [node, rest])),
    parameters: Object.fromEntries(shapes),
  };
}

/** JSON whose text does not hang on the order in which an object's names were written. */
function canonicalJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  } catch (cause) {
    throw new MobileNetError("invalid-argument", "the run's settings cannot be written down", {
      expected: "numbers, texts, truth values, and lists and objects of them",
      received: describeError(cause),
      cause,
    });
  }
}
