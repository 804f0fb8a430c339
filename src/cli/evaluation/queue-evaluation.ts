/** `evaluate --queue`: what goes with it, and the way to the workers. */
import type { EvaluateElsewhere } from "../evaluate-model.ts";
import type { OptionValues } from "../options.ts";
import { type QueueOptions, refuseLoneExchange } from "../queue-options.ts";
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
  refuseLoneExchange({ queue, exchange });
  if (queue === undefined) return;
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
    const [{ openExchange }, { openQueue }, { describeEvaluation }, { evaluateByAnswers }] =
      await Promise.all([
        import("../../batch/open-exchange-node.ts"),
        import("../../batch/open-queue-node.ts"),
        import("./describe-evaluation.ts"),
        import("./evaluate-elsewhere.ts"),
      ]);
    const { exchange = values.out ?? "", model: named = "" } = values;
    const backend = values.backend === "reference" ? "reference" : "wasm";
    const said = await readSaid(values);
    const source = { named, said, backend } as const;
    const { samples } = pictures;
    const { job, files } = await describeEvaluation(source, { samples, request });
    const storage = await openExchange(exchange, "evaluation", job);
    const queue = await openQueue(values.queue, { signal, onNote });
    try {
      const given = { storage, job, files, queue, signal, onNote };
      return await evaluateByAnswers(task, { model, pictures }, given);
    } finally {
      await queue.close();
    }
  };
}
