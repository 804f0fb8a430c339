/**
 * How a step's work is shared out. A step is a few phases, a phase is a number of independent
 * units; every thread walks the same program and takes units as they come.
 */

/** One thread's view of a run. */
@unmanaged
export class Worker {
  /** Memory of this thread alone. */
  scratch: usize;
  /** How many threads walk the program. */
  threads: i32;
}

/** One unit of a phase. `work` is the step's record, `part` whatever the step says. */
export type Body = (work: usize, image: i32, part: i32, unit: i32, worker: Worker) => void;

/** Runs every unit of a phase. */
export function forEachUnit(
  worker: Worker,
  units: i32,
  body: Body,
  work: usize,
  image: i32,
  part: i32,
): void {
  for (let unit = 0; unit < units; unit++) body(work, image, part, unit, worker);
}
