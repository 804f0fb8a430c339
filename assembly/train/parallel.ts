/**
 * How a pass is shared out. It is a list of steps, a step is a number of independent units, and a step
 * begins when all units of the one before are done. The leader walks the list; helpers take units of
 * whatever step is at hand, so one that wakes late finds its share done. Which thread does a unit
 * changes no bit of it. Where a thread ends within a unit, the host notices: see ../parallel.ts.
 */

/** What the threads share. */
@unmanaged
export class Team {
  /**
   * In one word, so that a unit is only ever taken from the step at hand: a count of steps (upper
   * half), the step's units (16 bits; 0 between passes) and how many of them are taken (16 bits).
   */
  state: i64;
  /** Set by the host once the pass can never end. */
  failed: i32;
  /** The step at hand; changed only while there is no unit to take. */
  step: usize;
  /** How many of its units are done. */
  done: i32;
  /** How many threads sleep. */
  sleepers: i32;
  threads: i32;
}

/** One thread. */
@unmanaged
export class Worker {
  /** 1 while it has a unit that is not done; the host reads it. */
  busy: i32;
  team: Team;
  /** Whether it may sleep; a page's own may not. */
  mayBlock: i32;
  /** Memory of this thread alone: see `Unit`. */
  tile: usize;
  blockX: usize;
  blockZ: usize;
}

/** One unit of a step. */
export type Body = (step: usize, unit: i32, worker: Worker) => void;

/** Looks at a word before a thread goes to sleep. */
const SPINS: i32 = 20000;

/**
 * Sleeps for a moment, or until the word at an address is another one; on a thread that may not sleep,
 * returns at once. Throws where the pass can never end.
 */
declare function nap(address: usize, word: i32): void;

/** Lets helpers in: they stay until `close`. */
export function open(worker: Worker): void {
  // One unit that is taken already: nothing to do yet.
  advance(worker.team, (1 << 16) | 1);
}

/** Sends the helpers away. */
export function close(worker: Worker): void {
  if (worker.team.threads > 1) advance(worker.team, 0);
}

/** Runs every unit of a step; returns when all are done, by whichever thread. */
export function runStep(worker: Worker, step: usize, units: i32, body: Body): void {
  const team = worker.team;
  if (team.threads == 1) {
    for (let unit = 0; unit < units; unit++) body(step, unit, worker);
    return;
  }
  if (units == 0) return;
  const done = changetype<usize>(team) + offsetof<Team>("done");
  team.step = step;
  atomic.store<i32>(done, 0);
  advance(team, units << 16);
  while (takeUnit(worker, body)) {}
  let spins = 0;
  while (true) {
    const count = atomic.load<i32>(done);
    if (count == units) return;
    if (++spins > SPINS) {
      sleep(team, done, count);
      if (!worker.mayBlock) spins = 0;
    }
  }
}

/** Works as a helper until the pass is over. */
export function helpAlong(worker: Worker, body: Body): void {
  const team = changetype<usize>(worker.team);
  let spins = 0;
  while (true) {
    if (takeUnit(worker, body)) {
      spins = 0;
      continue;
    }
    const state = atomic.load<i64>(team);
    if (unitsOf(state) == 0) return;
    if (++spins > SPINS) sleep(worker.team, team, <i32>state);
  }
}

/** Does a unit of the step at hand; false where none is left. */
function takeUnit(worker: Worker, body: Body): bool {
  const team = changetype<usize>(worker.team);
  while (true) {
    const state = atomic.load<i64>(team);
    const unit = <i32>state & 0xffff;
    if (unit >= unitsOf(state)) return false;
    const step = worker.team.step;
    // Before the unit is taken, so that no moment is left in which its thread could end unseen.
    worker.busy = 1;
    const taken = atomic.cmpxchg<i64>(team, state, state + 1) == state;
    if (taken) {
      body(step, unit, worker);
      const done = team + offsetof<Team>("done");
      atomic.add<i32>(done, 1);
      if (atomic.load<i32>(team + offsetof<Team>("sleepers")) > 0) atomic.notify(done, -1);
    }
    worker.busy = 0;
    if (taken) return true;
  }
}

function unitsOf(state: i64): i32 {
  return (<i32>state >>> 16) & 0xffff;
}

/** The next state, with `units` in its lower half. */
function advance(team: Team, units: i32): void {
  const address = changetype<usize>(team);
  const count = (atomic.load<i64>(address) >> 32) + 1;
  atomic.store<i64>(address, (count << 32) | <i64>units);
  if (atomic.load<i32>(address + offsetof<Team>("sleepers")) > 0) atomic.notify(address, -1);
}

function sleep(team: Team, address: usize, word: i32): void {
  const sleepers = changetype<usize>(team) + offsetof<Team>("sleepers");
  atomic.add<i32>(sleepers, 1);
  nap(address, word);
  atomic.sub<i32>(sleepers, 1);
}
