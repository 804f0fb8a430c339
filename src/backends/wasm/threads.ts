/**
 * The helper threads of this process, shared by all programs in it. They start when a program first
 * asks for them and serve whichever program runs. A leader never waits for a helper to wake: a helper
 * that is late, or not there yet, finds its share done. A helper that ends is replaced, a few times.
 */
import { describeError } from "../../errors.ts";
import { type HostThread, startsUnseen, startThread } from "./host.ts";
import { bellWord, endedCount, helperWord, threadSource } from "./thread-source.ts";

/** A program as helpers see it. */
export interface SharedProgram {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The program's address, or whatever else its `help` takes. */
  readonly program: number;
  /** The address of the team's record. */
  readonly team: number;
  /** The addresses of the helpers' records, one for each. */
  readonly workers: readonly number[];
}

/** A helper that knows a program, and its record there. */
export interface Helper {
  readonly thread: HostThread;
  readonly record: number;
}

/** How long a program that is being prepared waits for helpers to let go of others' memory. */
const settleMilliseconds = 500;

/** A page's helpers that are slower to begin than this will be late for the first run, no more. */
const beginMilliseconds = 2_000;

/** Helpers that are replaced in the life of a pool; where more end, something ends them every time. */
const mostReplacements = 8;

interface Member {
  readonly thread: HostThread;
  /** The words that are its own. */
  readonly words: Int32Array;
}

interface Entry {
  readonly program: SharedProgram;
  /** Who knows the program, with the record of each. */
  readonly helpers: Map<Member, number>;
  /** Called once nobody does, where it is to be forgotten. */
  done?: () => void;
}

/** Helpers that any program of this process may call. */
export class ThreadPool {
  readonly #startThread: typeof startThread;
  readonly #bell: Int32Array = sharedWords(bellWord);
  readonly #members = new Set<Member>();
  readonly #entries = new Map<number, Entry>();
  readonly #settled: (() => void)[] = [];
  #programs = 0;
  #holders = 0;
  #replaced = 0;
  /** Why there are no more helpers than there are. */
  #obstacle: string | undefined;

  readonly #learnsLate: boolean;

  constructor(start: typeof startThread = startThread, learnsLate: boolean = startsUnseen()) {
    this.#startThread = start;
    this.#learnsLate = learnsLate;
  }

  /** Makes sure of so many helpers; where that cannot be, says why. */
  start(count: number): string | undefined {
    try {
      while (this.#members.size < count && this.#obstacle === undefined) this.#startHelper();
    } catch (error) {
      return `threads may not be started here: ${describeError(error)}`;
    }
    return this.#members.size < count ? this.#obstacle : undefined;
  }

  /**
   * Why helpers that were started do not run, where that is so: a page learns it from an event, which
   * is waited for until one of them listens.
   */
  async begun(): Promise<string | undefined> {
    const listens = ({ words }: Member): boolean => Atomics.load(words, helperWord.listens) !== 0;
    if (!this.#learnsLate) return undefined;
    for (const end = Date.now() + beginMilliseconds; Date.now() < end; ) {
      if (this.#obstacle !== undefined || [...this.#members].some(listens)) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this.#members.size === 0 ? this.#obstacle : undefined;
  }

  /** Makes a program known to as many helpers as it has records for; gives its number. */
  add(program: SharedProgram): number {
    const id = ++this.#programs;
    this.start(program.workers.length);
    const entry: Entry = { program, helpers: new Map() };
    this.#entries.set(id, entry);
    for (const member of this.#members) this.#tell(member, id, entry);
    return id;
  }

  /** Calls the helpers to a program's run. */
  ring(id: number): void {
    Atomics.store(this.#bell, bellWord.program, id);
    Atomics.add(this.#bell, bellWord.rings, 1);
    Atomics.notify(this.#bell, bellWord.rings);
  }

  /** Who may be at work on a program. */
  helpersOf(id: number): readonly Helper[] {
    const helpers = this.#entries.get(id)?.helpers ?? [];
    return Array.from(helpers, ([{ thread }, record]) => ({ thread, record }));
  }

  /** Makes the helpers forget a program; `done` is called once they have. */
  remove(id: number, done: () => void): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.done = done;
    for (const member of entry.helpers.keys()) this.#post(member, { removed: id });
    this.#finish(id, entry);
  }

  /**
   * Waits until the helpers have forgotten all programs that were removed, so that their memory can
   * be used again; gives up after half a second, for a helper may be stuck.
   */
  async settle(): Promise<void> {
    if (!this.#isLeaving()) return;
    this.#hold(1);
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#settled.push(resolve);
      timer = setTimeout(resolve, settleMilliseconds);
    });
    clearTimeout(timer);
    this.#hold(-1);
  }

  #isLeaving(): boolean {
    return [...this.#entries.values()].some(({ done }) => done !== undefined);
  }

  /** Keeps the process alive while anyone waits. */
  #hold(change: 1 | -1): void {
    this.#holders += change;
    for (const { thread } of this.#members) thread.hold(this.#holders > 0);
  }

  #startHelper(): Member {
    const thread = this.#startThread(threadSource, {
      onMessage: (message) => this.#left(member, message as number),
      onLost: (reason) => this.#lose(member, reason),
    });
    const member: Member = { thread, words: sharedWords(helperWord) };
    this.#members.add(member);
    this.#post(member, { bell: this.#bell.buffer, own: member.words.buffer });
    if (this.#holders > 0) thread.hold(true);
    return member;
  }

  /** Makes a program known to a helper, where it has a record left. */
  #tell(member: Member, id: number, { program, helpers, done }: Entry): void {
    const taken = new Set(helpers.values());
    const worker = program.workers.find((record) => !taken.has(record));
    if (worker === undefined || done !== undefined) return;
    helpers.set(member, worker);
    const { module, memory, team } = program;
    this.#post(member, { id, module, memory, program: program.program, team, worker });
  }

  /** Sends a helper a message. It is counted first: a helper that sees the count waits for it. */
  #post({ thread, words }: Member, message: object): void {
    Atomics.add(words, helperWord.messages, 1);
    thread.post(message);
    this.ring(0);
  }

  /** Puts another in the place of a helper that ended, unless they all do. */
  #lose(member: Member, reason: string): void {
    if (!this.#members.delete(member)) return;
    // A browser may take seconds to end a thread; the successor has its records from now on.
    Atomics.store(member.words, helperWord.messages, endedCount);
    const listened = Atomics.load(member.words, helperWord.listens) !== 0;
    for (const id of [...this.#entries.keys()]) this.#left(member, id);
    if (!listened || this.#replaced === mostReplacements) {
      const how = listened ? "helper threads end again and again" : "helper threads do not start";
      this.#obstacle ??= `${how}: ${reason}`;
      return;
    }
    this.#replaced++;
    try {
      const next = this.#startHelper();
      for (const [id, entry] of this.#entries) this.#tell(next, id, entry);
    } catch (error) {
      this.#obstacle ??= `threads may not be started any more: ${describeError(error)}`;
    }
  }

  #left(member: Member, id: number): void {
    const entry = this.#entries.get(id);
    if (entry?.helpers.delete(member)) this.#finish(id, entry);
  }

  #finish(id: number, { helpers, done }: Entry): void {
    if (done === undefined || helpers.size > 0) return;
    this.#entries.delete(id);
    done();
    if (this.#isLeaving()) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

/** Memory for words with these numbers. */
function sharedWords(words: Readonly<Record<string, number>>): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Object.keys(words).length * 4));
}

let shared: ThreadPool | undefined;

/** The pool of this process; its threads start when programs ask for them. */
export function threadPool(): ThreadPool {
  shared ??= new ThreadPool();
  return shared;
}
