/**
 * The walker: a whole network is one call. A program is a list of records in memory, each with its
 * operation and length first; the caller owns every byte, and nothing is allocated here.
 */
import { Block, runBlock } from "./block";
import { Elementwise, runElementwise } from "./elementwise";
import { ConvolutionStep, PointwiseStep, runConvolution, runPointwise } from "./layers";
import { HostStep, Worker, join, open, runHost } from "./parallel";
import { Pool, runPool } from "./pool";
import { Resize, runResize } from "./resize";

export { packPanels } from "./pack-panels";

/** What every record starts with. */
@unmanaged
class Step {
  op: i32;
  bytes: i32;
}

/** Announces a run: helpers that join from now on walk it. */
export function announce(worker: Worker): void {
  open(worker);
}

/** Joins the run at hand as a helper. */
export function help(program: usize, worker: Worker): void {
  join(worker);
  run(program, worker);
}

/** Runs the program at `program` to its end. */
export function run(program: usize, worker: Worker): void {
  let at = program;
  while (true) {
    const step = changetype<Step>(at);
    switch (step.op) {
      case 0:
        return;
      case 1:
        runPointwise(changetype<PointwiseStep>(at), worker);
        break;
      case 2:
        runConvolution(changetype<ConvolutionStep>(at), worker);
        break;
      case 3:
        runBlock(changetype<Block>(at), worker);
        break;
      case 4:
        runElementwise(changetype<Elementwise>(at), worker);
        break;
      case 5:
        runPool(changetype<Pool>(at), worker);
        break;
      case 6:
        runResize(changetype<Resize>(at), worker);
        break;
      case 7:
        runHost(changetype<HostStep>(at), worker);
        break;
    }
    at += <usize>step.bytes;
  }
}
