/**
 * A program in its memory, ready to be walked: the record of every thread, and the team that runs it.
 * Both engines, float32 and 8-bit, run and end the same way.
 *
 * ```
 * static data | team, threads | arena …
 * ```
 */
import { mayBlock } from "./host.ts";
import type { Kernels } from "./module.ts";
import { type SomeFields, writeFields } from "./record.ts";
import { type Records, records } from "./records.generated.ts";
import { TeamRun } from "./team-run.ts";
import type { ThreadPool } from "./threads.ts";

/** Where the arena starts; static data, the team's record and the threads' lie before it. */
export const arenaStart = 8192;
const teamAddress = 2048;
const workerAddress = 2176;

/** Bytes from one thread's record to the next: a cache line. */
const workerBytes = 64;

/** How many threads a program is to run on. */
export interface Team {
  readonly threads: number;
  /** Why not on as many threads as were asked for. */
  readonly obstacle?: string | undefined;
  /** The helpers, where there is more than one thread. */
  readonly pool?: ThreadPool | undefined;
}

/** A program that was written into memory. */
export interface LoadedProgram {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The program's address. */
  readonly start: number;
  readonly team: Team;
  /** Where the scratch memory of the first thread lies; the others' follow. */
  readonly scratch: number;
  /** Scratch memory of each thread. */
  readonly scratchBytes: number;
  /** What runs the steps that have no kernel. */
  readonly hostSteps?: readonly (() => void)[] | undefined;
}

/** What an executable holds until it is disposed of. */
export class Instance {
  readonly memory: WebAssembly.Memory;
  readonly #start: number;
  readonly #team: TeamRun;

  constructor(loaded: LoadedProgram) {
    const { module, memory, start, scratch, scratchBytes, hostSteps } = loaded;
    const { threads, pool } = loaded.team;
    const workers = Array.from({ length: threads }, (_, i) => workerAddress + i * workerBytes);
    for (const [index, worker] of workers.entries()) {
      const fields: SomeFields<Records["Worker"]> = {
        team: teamAddress,
        scratch: scratch + index * scratchBytes,
        threads,
        mayBlock: index > 0 || mayBlock() ? 1 : 0,
        index,
      };
      writeFields(memory.buffer, records, "Worker", worker, fields);
    }
    const [leader, ...helpers] = workers;
    this.#team = new TeamRun(
      { module, memory, program: start, team: teamAddress, workers: helpers },
      leader as number,
      { hostSteps, pool },
    );
    this.memory = memory;
    this.#start = start;
  }

  get kernels(): Kernels {
    return this.#team.kernels;
  }

  /**
   * Walks the program once.
   *
   * @throws MobileNetError `internal` where a thread failed or ended meanwhile, and from then on.
   */
  run(): void {
    this.#team.run(this.#start);
  }

  /** Makes helpers forget the program, after which its memory may serve another. */
  dispose(): void {
    this.#team.dispose();
  }
}

/** How a program runs, for reports: `wasm simd128, 2 threads; maxPool2d ×2 in JavaScript`. */
export function describeEngine(engine: string, { threads, obstacle }: Team, host?: string): string {
  const why = obstacle === undefined ? "" : ` (${obstacle})`;
  const beside = host === undefined ? "" : `; ${host}`;
  return `${engine}, ${threads} thread${threads === 1 ? "" : "s"}${why}${beside}`;
}
