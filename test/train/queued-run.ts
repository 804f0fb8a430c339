/**
 * `train --queue` and `evaluate --queue` within a test's own process: the whole commands, whose queue and
 * workers the test gives, so that it can lose, damage and repeat what it likes.
 */
import { vi } from "vitest";
import { type DataRequest, type DataTicket, dataWork } from "../../src/batch/data-work-node.ts";
import { ticketHandler } from "../../src/batch/handle-ticket-node.ts";
import { localQueue } from "../../src/batch/local-queue.ts";
import type { HandleTicket, TicketQueue } from "../../src/batch/queue.ts";
import type { WorkerScope } from "../../src/batch/scope.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { parseArguments } from "../../src/cli/arguments.ts";
import type { Command } from "../../src/cli/command.ts";
import { evaluateCommand } from "../../src/cli/commands/evaluate.ts";
import { trainCommand } from "../../src/cli/commands/train.ts";
import { AnswerMaker } from "../../src/cli/evaluation/answer-unit.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { RoundMaker } from "../../src/cli/train/rounds/do-round.ts";
import type { MobileNetError } from "../../src/index.ts";

/** The queue that the commands open, whatever its address. */
export const opened: { queue: TicketQueue } = { queue: localQueue() };

vi.mock("../../src/batch/open-queue-node.ts", () => {
  // The command closes it; the test goes on with it.
  return { openQueue: async () => ({ ...opened.queue, close: async () => undefined }) };
});

/** What a command is stopped by, and who hears what it says. */
export interface Listening {
  readonly signal: AbortSignal;
  onText?(text: string): void;
}

async function runCommand(
  command: Command,
  args: readonly string[],
  stop: Listening = new AbortController(),
): Promise<{ readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const stream = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text;
      stop.onText?.(text);
    },
    isTTY: false,
    columns: 80,
  });
  const terminal = createTerminal(stream("out"), stream("err"), { NO_COLOR: "1" });
  const { values, positionals } = parseArguments(args, command.options);
  const stdin = (async function* () {})();
  await command.run({ values, positionals, terminal, signal: stop.signal, stdin });
  return said;
}

/** Runs `train`; what it said on standard error. */
export async function trainHere(args: readonly string[], stop?: Listening): Promise<string> {
  return (await runCommand(trainCommand, args, stop)).err;
}

/** What `evaluate` said. */
export interface Evaluated {
  readonly document: Readonly<Record<string, unknown>>;
  readonly throughput: unknown;
  readonly said: string;
}

/** Runs `evaluate --json`: its document, but for what hangs on the time. */
export async function evaluateHere(args: readonly string[], stop?: Listening): Promise<Evaluated> {
  const { out, err } = await runCommand(evaluateCommand, [...args, "--json"], stop);
  const { throughput, ...document } = JSON.parse(out) as Record<string, unknown>;
  return { document, throughput, said: err };
}

/** Workers of a test. */
export interface TestWorkers {
  /** What they were asked to do, in order. */
  readonly asked: DataRequest[];
  readonly refused: MobileNetError[];
  stop(): Promise<void>;
}

/** How workers of a test are not as they should be. */
export interface WorkerFaults extends WorkerScope {
  /** What becomes of their way with a ticket. */
  readonly change?: (handle: HandleTicket) => HandleTicket;
  /** Called in place of the process, which goes on with its work by `make`. */
  readonly making?: (request: DataRequest, make: () => Promise<void>) => Promise<void>;
}

/** Starts workers without processes of their own. */
export function startWorkers(
  count: number,
  { change = (handle) => handle, making = (_, make) => make(), ...scope }: WorkerFaults = {},
): TestWorkers {
  const stop = new AbortController();
  const { signal } = stop;
  const asked: DataRequest[] = [];
  const refused: MobileNetError[] = [];
  const share = { threads: 1, readers: 0, cacheBytes: 1e8 };
  const ended = Array.from({ length: count }, async () => {
    const [rounds, answers] = [new RoundMaker(), new AnswerMaker()];
    const working = <K extends DataTicket>(maker: {
      make(request: DataRequest<K>, alive: () => void): Promise<void>;
    }) => {
      const make = async (request: DataRequest<K>): Promise<void> => {
        // As between processes, where nothing is shared.
        const told = structuredClone(request);
        if (!told.opensOnly) asked.push(told);
        await making(told, () => maker.make(told, () => undefined));
      };
      return dataWork<K>({ make }, { ...scope, signal, share });
    };
    const work = {
      unit: () => Promise.reject(new Error("no archive was to be looked at")),
      round: working<"round">(rounds),
      evaluation: working<"evaluation">(answers),
    };
    const onRefused = (error: MobileNetError): void => void refused.push(error);
    const handle = change(ticketHandler(work, { signal, onRefused }));
    await opened.queue.work(handle, { concurrency: 1, signal });
    await rounds.close();
    await answers.close();
  });
  return {
    ...{ asked, refused },
    async stop() {
      stop.abort();
      await Promise.all(ended);
    },
  };
}

/** The ticket of a round. */
export function roundOf({ ticket }: Pick<DataRequest, "ticket">): TicketOf<"round"> {
  if (ticket.kind === "round") return ticket;
  throw new Error(`a ticket of a ${ticket.kind}`);
}
