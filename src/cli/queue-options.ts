/** The options of commands whose work may go through a queue. */
import { number, type Option, type Options, type OptionValues, text } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** The address of a queue. */
export const queueOption: Option<string | undefined> = text({
  placeholder: "URL",
  description: "redis://… or postgres://…, for workers on other machines; needs the package bullmq",
  shownDefault: "none: this machine does the work",
});

/** Where machines meet. */
export const exchangeOption: Option<string | undefined> = text({
  placeholder: "DIR",
  description:
    "Where the machines of --queue meet: a folder that all see under this path, or s3://…",
  shownDefault: "OUT",
});

/** The options of commands that hand out work. */
export interface QueueOptions extends Options {
  readonly queue: typeof queueOption;
  readonly exchange: typeof exchangeOption;
}

/**
 * Refuses a place to meet for machines that nobody asks.
 *
 * @throws UsageError
 */
export function refuseLoneExchange({ queue, exchange }: OptionValues<QueueOptions>): void {
  if (queue !== undefined || exchange === undefined) return;
  throw new UsageError("--exchange is about machines, and there is no queue to them", {
    remedy: "Add --queue URL, or leave it out.",
  });
}

/** Processes that work. */
export const concurrencyOption: Option<number | undefined> = number({
  ...{ placeholder: "N", whole: true, from: 1, to: 1024 },
  description: "Processes that work on this machine",
  shownDefault: "one for each core",
});

/** How long a process may say nothing. */
export const stuckOption: Option<number | undefined> = number({
  ...{ placeholder: "SECONDS", whole: true, from: 1, to: 86_400 },
  description: "A process that gets nothing done for so long is ended, its work tried again",
  shownDefault: "120",
});
