/**
 * The event loop's turn. Promises alone never give it one: a loop that awaits what is there already
 * lets neither timers nor requests nor input through.
 */

/** Calls back once timers, input and messages have been let through. */
let schedule: ((callback: () => void) => void) | undefined;

/** Resolves once timers, input and messages that wait have been let through. */
export function eventLoopTurn(): Promise<void> {
  schedule ??= chooseSchedule();
  return new Promise(schedule);
}

function chooseSchedule(): (callback: () => void) => void {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate !== undefined) return setImmediate;
  // Timers of a page wait for at least four milliseconds, messages do not.
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(undefined);
  };
}

/** Whether the event loop is owed a turn, because something held this thread since its last one. */
let owed = false;
/** Whoever wants to hold the thread next, in order: each turn lets one of them. */
const waiting: (() => void)[] = [];

/** Says that this thread was held for a while: the event loop is owed a turn. */
export function oweTurn(): void {
  if (owed) return;
  owed = true;
  void eventLoopTurn().then(letOneHold);
}

/** Whether the thread may be held at once. */
export function mayHoldThread(): boolean {
  return !owed;
}

/** Resolves when the event loop has had its turn and the caller is the next that may hold the thread. */
export function turnToHoldThread(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

function letOneHold(): void {
  const next = waiting.shift();
  if (next === undefined) {
    owed = false;
    return;
  }
  next();
  void eventLoopTurn().then(letOneHold);
}
