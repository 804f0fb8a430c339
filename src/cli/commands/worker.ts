/** `mobilenetv2 worker`: does the work of `batch`, `train` and `evaluate` on this machine, as long as it runs. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { RefusalNotes } from "../../batch/refusal-notes.ts";
import type { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { type Command, defineCommand, outputOptions } from "../command.ts";
import { plural } from "../format.ts";
import { choice, list, number } from "../options.ts";
import { concurrencyOption, queueOption, stuckOption } from "../queue-options.ts";
import { reportNote } from "../report.ts";
import { UsageError } from "../usage-error.ts";

// What it does lies in the results.
const { json: _, ...plainOptions } = outputOptions;

const options = {
  queue: queueOption,
  concurrency: concurrencyOption,
  backend: choice(["wasm", "reference"], {
    description: "Work only on jobs that were begun with this backend",
    shownDefault: "any",
  }),
  within: list({
    placeholder: "DIR,…",
    description: "Work only on jobs whose pictures and results lie within these places",
    shownDefault: "any",
  }),
  lease: number({
    ...{ placeholder: "SECONDS", whole: true, from: 2, to: 3600 },
    description: "Work whose worker is silent for so long goes to another",
    shownDefault: "30",
  }),
  stuck: stuckOption,
  ...plainOptions,
};

export const workerCommand: Command = defineCommand({
  positionals: [],
  options,
  examples: [
    { call: "worker --queue redis://queue:6379", effect: "Work until Ctrl-C, on every core." },
    {
      call: "worker --queue postgres://db/work --within /mnt/archive",
      effect: "For jobs below one folder.",
    },
  ],
  async run({ values, positionals, terminal, signal }) {
    if (positionals.length > 0 || values.queue === undefined) {
      throw new UsageError("worker takes the address of a queue and nothing else", {
        received: positionals.length > 0 ? quote(positionals) : "none",
        remedy: "Write mobilenetv2 worker --queue redis://HOST.",
      });
    }
    const [{ openQueue }, { workOnTickets }] = await Promise.all([
      import("../../batch/open-queue-node.ts"),
      import("../work-on-tickets.ts"),
    ]);
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const { concurrency = availableParallelism(), stuck, backend } = values;
    let refused: MobileNetError | undefined;
    const done = { unit: 0, round: 0, evaluation: 0 };
    const note = (message: string): void => {
      if (!values.quiet) reportNote(terminal, message);
    };
    const absent = new RefusalNotes();
    const { lease } = values;
    const queue = await openQueue(values.queue, { lease, signal: ended, onNote: note });
    try {
      const within = values.within?.map((place) => (/^s3:/.test(place) ? place : resolve(place)));
      note(`ready, ${plural(concurrency, "unit")} at once`);
      await workOnTickets(queue, {
        ...{ concurrency, stuck, signal: ended, backend, within },
        onRefused(error) {
          // A disk may be mounted yet, and of other jobs all may be there.
          if (error.code === "not-found") return absent.tell(error.message, note);
          refused ??= error;
          stop.abort();
        },
        onDone: ({ kind }) => done[kind]++,
      });
    } finally {
      await queue.close();
    }
    const units = done.unit + done.evaluation;
    const made = [
      ...(units > 0 || done.round === 0 ? [plural(units, "unit")] : []),
      ...(done.round > 0 ? [plural(done.round, "shard")] : []),
    ];
    note(`made ${made.join(", ")}`);
    if (refused !== undefined) throw refused;
    return 0;
  },
});
