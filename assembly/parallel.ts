/**
 * How a step's work is shared out. A step is a few phases, a phase is a number of independent
 * units, and a phase begins when all units of the one before are done. Every thread walks the same
 * program and takes units as they come, so that a thread that wakes late costs nothing: the others
 * have done its share, and it skips what is over. Which thread does a unit changes no bit of it. A
 * thread that ends within a unit would leave the others waiting for it: those that wait ask the host,
 * which knows (src/backends/wasm/team-run.ts), and leave where the phase can never end.
 */

/** What the threads of one program share. One word holds the phase and its next unit, so that a
 * unit is only ever taken from the phase that a thread is in. */
@unmanaged
export class Team {
  /** The phase at hand, counted over all runs, above; how many of its units are taken, below. */
  state: i64;
  /** Set by the host once the run can never end. */
  failed: i32;
  /** The first phase of the run at hand. */
  base: i64;
  /** How many units of the phase are done. */
  done: i32;
  /** How many threads sleep until the state changes. */
  sleepers: i32;
}

/** One thread's view of a run. */
@unmanaged
export class Worker {
  /** 1 while this thread has a unit that is not done; the host reads it. */
  busy: i32;
  team: Team;
  /** The next phase of this thread. */
  phase: i64;
  /** Memory of this thread alone. */
  scratch: usize;
  /** How many threads walk the program. */
  threads: i32;
  /** Whether this thread may sleep; a page's own may not. */
  mayBlock: i32;
  /** Its number among the threads. */
  index: i32;
}

/** Units of a phase at most: what the state's lower part can count. */
const UNIT_BITS: i64 = 24;

/** Looks at the state before a thread goes to sleep: longer than any phase should take. */
const SPINS: i32 = 40000;

/**
 * Sleeps for a moment, or until the word at an address is another one; on a thread that may not sleep,
 * returns at once. Throws where the run can never end. The host's, who can look after the other
 * threads, and because V8's baseline compiler (as in Node 20) overwrites a neighbouring local where it
 * compiles memory.atomic.wait64.
 */
declare function nap(address: usize, word: i32): void;

/** Runs a step that has no kernel, by its number: the host's, on the leader's thread. */
declare function hostStep(index: i32): void;

/** A step that the host runs. */
@unmanaged
export class HostStep {
  op: i32;
  bytes: i32;
  /** Its number among the program's. */
  index: i32;
}

/** A phase of one unit, which is the leader's. */
export function runHost(step: HostStep, worker: Worker): void {
  if (worker.threads == 1) {
    hostStep(step.index);
    return;
  }
  const team = changetype<usize>(worker.team);
  const phase = worker.phase;
  let spins = 0;
  while (true) {
    const state = atomic.load<i64>(team);
    if (state >> UNIT_BITS != phase) break;
    if (worker.index == 0) {
      hostStep(step.index);
      advance(team, phase + 1);
    } else if (++spins > SPINS) {
      sleep(team, state);
    }
  }
  worker.phase = phase + 1;
}

/** One unit of a phase. `work` is the step's record, `part` whatever the step says. */
export type Body = (work: usize, image: i32, part: i32, unit: i32, worker: Worker) => void;

/** Makes the leader's next phase the first of a run. */
export function open(worker: Worker): void {
  atomic.store<i64>(changetype<usize>(worker.team) + offsetof<Team>("base"), worker.phase);
}

/** Brings a helper to the start of the run at hand. */
export function join(worker: Worker): void {
  worker.phase = atomic.load<i64>(changetype<usize>(worker.team) + offsetof<Team>("base"));
}

/** Runs every unit of a phase; returns when all are done, by whichever thread. */
export function forEachUnit(
  worker: Worker,
  units: i32,
  body: Body,
  work: usize,
  image: i32,
  part: i32,
): void {
  if (worker.threads == 1) {
    for (let unit = 0; unit < units; unit++) body(work, image, part, unit, worker);
    return;
  }
  if (units == 0) return;
  const team = changetype<usize>(worker.team);
  const phase = worker.phase;
  let spins = 0;
  while (true) {
    const state = atomic.load<i64>(team);
    if (state >> UNIT_BITS != phase) break;
    const unit = <i32>(state & ((1 << UNIT_BITS) - 1));
    if (unit < units) {
      // Before the unit is taken, so that no moment is left in which its thread could end unseen.
      worker.busy = 1;
      if (atomic.cmpxchg<i64>(team, state, state + 1) == state) {
        body(work, image, part, unit, worker);
        const done = atomic.add<i32>(team + offsetof<Team>("done"), 1) + 1;
        if (done == units) advance(team, phase + 1);
        spins = 0;
      }
      worker.busy = 0;
    } else if (++spins > SPINS) {
      sleep(team, state);
      if (!worker.mayBlock) spins = 0;
    }
  }
  worker.phase = phase + 1;
}

/** Begins the next phase. No thread counts as done here before it has taken a unit there. */
function advance(team: usize, phase: i64): void {
  atomic.store<i32>(team + offsetof<Team>("done"), 0);
  atomic.store<i64>(team, phase << UNIT_BITS);
  if (atomic.load<i32>(team + offsetof<Team>("sleepers")) > 0) atomic.notify(team, -1);
}

/** Sleeps until the state is another one; its lower word changes whenever it does. */
function sleep(team: usize, state: i64): void {
  atomic.add<i32>(team + offsetof<Team>("sleepers"), 1);
  nap(team, <i32>state);
  atomic.sub<i32>(team + offsetof<Team>("sleepers"), 1);
}
