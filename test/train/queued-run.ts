/**
 * `mobilenetv2 train --queue` within a test's own process: the whole command, whose queue and workers the
 * test gives, so that it can lose, damage and repeat what it likes.
 */
import { vi } from "vitest";
import { ticketHandler } from "../../src/batch/handle-ticket-node.ts";
import { localQueue } from "../../src/batch/local-queue.ts";
import type { HandleTicket, TicketQueue } from "../../src/batch/queue.ts";
import { type RoundRequest, roundWork } from "../../src/batch/round-work-node.ts";
import type { WorkerScope } from "../../src/batch/scope.ts";
import { parseArguments } from "../../src/cli/arguments.ts";
import { trainCommand } from "../../src/cli/commands/train.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { RoundMaker } from "../../src/cli/train/rounds/do-round.ts";
import type { MobileNetError } from "../../src/index.ts";

/** The queue that the command opens, whatever its address. */
export const opened: { queue: TicketQueue } = { queue: localQueue() };

vi.mock("../../src/batch/open-queue-node.ts", () => {
  // The command closes it; the test goes on with it.
  return { openQueue: async () => ({ ...opened.queue, close: async () => undefined }) };
});

/** Runs the command; what it said on standard error. */
export async function trainHere(
  args: readonly string[],
  stop: { readonly signal: AbortSignal; onText?(text: string): void } = new AbortController(),
): Promise<string> {
  let said = "";
  const stream = (write: (text: string) => void) => ({ write, isTTY: false, columns: 80 });
  const terminal = createTerminal(
    stream(() => undefined),
    stream((text) => {
      said += text;
      stop.onText?.(text);
    }),
    { NO_COLOR: "1" },
  );
  const { values, positionals } = parseArguments(args, trainCommand.options);
  const stdin = (async function* () {})();
  await trainCommand.run({ values, positionals, terminal, signal: stop.signal, stdin });
  return said;
}

/** Workers of a test. */
export interface TestWorkers {
  /** What they were asked to train, in order. */
  readonly asked: RoundRequest[];
  readonly refused: MobileNetError[];
  stop(): Promise<void>;
}

/** How workers of a test are not as they should be. */
export interface WorkerFaults extends WorkerScope {
  /** What becomes of their way with a ticket. */
  readonly change?: (handle: HandleTicket) => HandleTicket;
  /** Called in place of the process, which goes on with its work by `make`. */
  readonly making?: (request: RoundRequest, make: () => Promise<void>) => Promise<void>;
}

/** Starts workers without processes of their own. */
export function startWorkers(
  count: number,
  { change = (handle) => handle, making = (_, make) => make(), ...scope }: WorkerFaults = {},
): TestWorkers {
  const stop = new AbortController();
  const { signal } = stop;
  const asked: RoundRequest[] = [];
  const refused: MobileNetError[] = [];
  const ended = Array.from({ length: count }, async () => {
    const maker = new RoundMaker();
    const make = async (request: RoundRequest): Promise<void> => {
      // As between processes, where nothing is shared.
      const told = structuredClone(request);
      if (!told.opensOnly) asked.push(told);
      await making(told, () => maker.make(told, () => undefined));
    };
    const share = { threads: 1, readers: 0, cacheBytes: 1e8 };
    const round = roundWork({ make }, { ...scope, signal, share });
    const unit = () => Promise.reject(new Error("no pictures were to be looked at"));
    const onRefused = (error: MobileNetError): void => void refused.push(error);
    const handle = change(ticketHandler({ unit, round }, { signal, onRefused }));
    await opened.queue.work(handle, { concurrency: 1, signal });
    await maker.close();
  });
  return {
    ...{ asked, refused },
    async stop() {
      stop.abort();
      await Promise.all(ended);
    },
  };
}
