/**
 * Runs of a program by a team: the calling thread leads, helpers take their share. The leader is inside
 * one call to WebAssembly meanwhile and hears no events; where it waits for others it therefore looks
 * after them itself. A helper that fails says so in the team's record. One that is ended (terminated, out
 * of memory) can say nothing: the host is asked whether it still lives, and where it had a unit of work,
 * which will never be done, the run is given up with its memory, which nothing uses again. A helper that
 * lives is waited for, however long it takes.
 */
import { describeError, MobileNetError } from "../../errors.ts";
import type { HostThread } from "./host.ts";
import { recycleMemory } from "./memory.ts";
import { instantiateKernels, type Kernels, napMilliseconds } from "./module.ts";
import { failedWord } from "./team-words.ts";
import type { SharedProgram, ThreadPool } from "./threads.ts";

/** Milliseconds of waiting between two looks at the helpers. */
const lookMilliseconds = 250;

/**
 * How long a leader waits where the host cannot say whether a helper lives, as in browsers: no unit
 * takes a second. Only time in which the leader itself ran counts, so that a process which was stopped
 * meanwhile, or a machine that slept, is no reason to give up.
 */
const patienceMilliseconds = 30_000;

/** What runs a program until it is disposed of. */
export class TeamRun {
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  /** Index of the team's first word. */
  readonly #team: number;
  readonly #leader: number;
  /** The helpers, and the program's number among theirs, where it has helpers. */
  readonly #pooled: { readonly pool: ThreadPool; readonly id: number } | undefined;
  #failure: MobileNetError | undefined;
  /** The two words of the team's state as last seen, how long they have been so, and when that was. */
  #state = [0, 0];
  #waited = 0;
  #seen = 0;
  #nextLook = 0;
  /** Helpers that do not answer any more. */
  #stuck: readonly HostThread[] = [];

  /**
   * @param leader - The address of the calling thread's record.
   * @param around - What runs the steps that have no kernel, and the helpers of a program with more
   *   than one thread.
   */
  constructor(
    program: SharedProgram,
    leader: number,
    {
      hostSteps = [],
      pool,
    }: {
      readonly hostSteps?: readonly (() => void)[] | undefined;
      readonly pool?: ThreadPool | undefined;
    },
  ) {
    const { module, memory, team } = program;
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#team = team >> 2;
    this.#leader = leader;
    this.#pooled = pool && { pool, id: pool.add(program) };
    this.kernels = instantiateKernels(module, memory, () => this.#look(), hostSteps);
  }

  /**
   * Walks what stands at an address to its end.
   *
   * @throws MobileNetError `internal` where a thread failed or ended within the run, and in all later
   *   runs of this program then.
   */
  run(start: number): void {
    if (this.#failure !== undefined) {
      throw new MobileNetError("internal", "an earlier run failed, and its memory is given up", {
        received: this.#failure.received,
        remedy: "Load the model again.",
        cause: this.#failure,
      });
    }
    if (this.#pooled !== undefined) {
      this.kernels.announce(this.#leader);
      this.#pooled.pool.ring(this.#pooled.id);
    }
    try {
      this.kernels.run(start, this.#leader);
    } catch (cause) {
      throw this.#giveUp(cause);
    }
  }

  /** Makes helpers forget the program, after which its memory may serve another. */
  dispose(): void {
    if (this.#pooled === undefined || this.#failure !== undefined) return;
    const { pool, id } = this.#pooled;
    pool.remove(id, () => recycleMemory(this.#memory));
  }

  /** Ends a run that cannot end by itself: helpers leave it, and nobody uses its memory again. */
  #giveUp(cause: unknown): MobileNetError {
    const failure = new MobileNetError("internal", "a run failed on one of its threads", {
      received: describeError(cause),
      remedy: "Load the model again; if this comes again, run on one thread and report it.",
      cause,
    });
    if (this.#pooled === undefined) return failure;
    this.#failure = failure;
    Atomics.store(this.#words, this.#team + failedWord, 1);
    this.#pooled.pool.remove(this.#pooled.id, () => undefined);
    // Now that the program is removed, nobody tells their successors of it.
    for (const thread of this.#stuck) thread.terminate();
    return failure;
  }

  /** Called while the leader waits; throws where it would wait in vain. */
  #look(): void {
    if (Atomics.load(this.#words, this.#team + failedWord) !== 0) {
      throw new MobileNetError("internal", "a helper thread failed");
    }
    const now = performance.now();
    const low = Atomics.load(this.#words, this.#team);
    const high = Atomics.load(this.#words, this.#team + 1);
    const [lastLow, lastHigh] = this.#state;
    if (low !== lastLow || high !== lastHigh) {
      this.#state = [low, high];
      this.#waited = 0;
      this.#nextLook = lookMilliseconds;
    } else {
      this.#waited += Math.min(now - this.#seen, napMilliseconds);
    }
    this.#seen = now;
    if (this.#waited < this.#nextLook) return;
    this.#nextLook = this.#waited + lookMilliseconds;
    this.#lookAtHelpers();
  }

  #lookAtHelpers(): void {
    if (this.#pooled === undefined) return;
    const helpers = this.#pooled.pool.helpersOf(this.#pooled.id);
    // In this order: one that ended after its unit was done is not busy any more.
    const states = helpers.map(({ thread, record }) => {
      const alive = thread.isAlive();
      return { thread, alive, busy: Atomics.load(this.#words, record >> 2) !== 0 };
    });
    const busy = states.filter((state) => state.busy);
    if (busy.some(({ alive }) => alive === false)) {
      throw new MobileNetError("internal", "a helper thread ended before its work was done");
    }
    if (busy.some(({ alive }) => alive) || this.#waited < patienceMilliseconds) return;
    this.#stuck = busy.map(({ thread }) => thread);
    throw new MobileNetError("internal", "a helper thread does not answer any more");
  }
}
