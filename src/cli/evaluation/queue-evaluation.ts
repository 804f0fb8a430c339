/** `evaluate --queue`: what goes with it, and the way to the workers. */
import { resolve } from "node:path";
import type { EvaluateElsewhere } from "../evaluate-model.ts";
import type { OptionValues } from "../options.ts";
import type { QueueOptions } from "../queue-options.ts";
import { readSaid, type SaidOptions } from "../said-options.ts";
import { UsageError } from "../usage-error.ts";

/** What was said. */
type QueueValues = Partial<OptionValues<SaidOptions>> &
  OptionValues<QueueOptions> & {
    readonly model: string | undefined;
    readonly compare: string | undefined;
    readonly out: string | undefined;
    readonly backend: string | undefined;
  };

/**
 * Refuses what does not go together.
 *
 * @throws UsageError
 */
export function checkQueue({ queue, exchange, out, compare, backend }: QueueValues): void {
  if (queue === undefined) {
    if (exchange === undefined) return;
    throw new UsageError("--exchange is about machines, and there is no queue to them", {
      remedy: "Add --queue URL, or leave it out.",
    });
  }
  if (exchange === undefined && out === undefined) {
    throw new UsageError("the machines of --queue have no place to meet", {
      remedy: "Name a folder that all see by --exchange, or by --out.",
    });
  }
  if (compare !== undefined) {
    throw new UsageError("two models are compared on one machine", {
      received: "--compare with --queue",
      remedy: "Evaluate each by itself, or leave out --queue.",
    });
  }
  if (backend === undefined || backend === "wasm" || backend === "reference") return;
  throw new UsageError("workers have no such backend", {
    expected: "wasm or reference",
    received: `--backend ${backend}`,
  });
}

/** Evaluates through the queue that was named. */
export function throughQueue(
  values: QueueValues,
  { signal, onNote }: { readonly signal: AbortSignal; onNote(note: string): void },
): EvaluateElsewhere {
  return async (task, model, pictures, request) => {
    const [
      { jobFolder },
      { openQueue },
      { openStorage },
      { isBucketAddress },
      { describeEvaluation },
      { evaluateByAnswers },
    ] = await Promise.all([
      import("../../batch/data-job.ts"),
      import("../../batch/open-queue-node.ts"),
      import("../../batch/open-storage-node.ts"),
      import("../../batch/s3-node.ts"),
      import("./describe-evaluation.ts"),
      import("./evaluate-elsewhere.ts"),
    ]);
    const { exchange = values.out ?? "", model: named = "" } = values;
    const backend = values.backend === "reference" ? "reference" : "wasm";
    const said = await readSaid(values);
    const source = { named, said, backend } as const;
    const { samples } = pictures;
    const { job, files } = await describeEvaluation(source, { samples, request });
    const place = isBucketAddress(exchange) ? exchange : resolve(exchange);
    const storage = await openStorage(jobFolder(place, "evaluation", job));
    const queue = await openQueue(values.queue);
    try {
      const given = { storage, job, files, queue, signal, onNote };
      return await evaluateByAnswers(task, { model, pictures }, given);
    } finally {
      await queue.close();
    }
  };
}
