/** The walker of the training module: a pass is one call, a list of steps that ends with operation 0. */
import { denseBackward, denseForward } from "./dense";
import { depthwiseBackward, depthwiseForward } from "./depthwise-unit";
import {
  Layer,
  UNIT_CHANNELS,
  addPartials,
  beginBackward,
  beginForward,
  endGradient,
  endStatistics,
} from "./layer";
import { Worker, close, helpAlong, open, runStep } from "./parallel";
import { endSourceGradient, keepSource, pointwiseBackward, pointwiseForward } from "./pointwise-unit";
import { poolBackward, poolForward } from "./pool";
import { Unit } from "./unit";

/** A step; src/train/wasm/steps.ts writes it. */
@unmanaged
class Step {
  op: i32;
  units: i32;
  /** The first record that the step is about, and bytes to the next. */
  at: usize;
  pitch: i32;
  /** Where a layer's end also ends its source's gradient: that layer, after so many units. */
  source: usize;
  ownUnits: i32;
}

/** Announces a pass: helpers that come from now on stay until its end. */
export function announce(worker: Worker): void {
  open(worker);
}

/** Works on the pass at hand as a helper. */
export function help(team: usize, worker: Worker): void {
  helpAlong(worker, runUnit);
}

/** Walks the list at `first`. */
export function run(first: usize, worker: Worker): void {
  for (let at = first; changetype<Step>(at).op != 0; at += offsetof<Step>()) {
    runStep(worker, at, changetype<Step>(at).units, runUnit);
  }
  close(worker);
}

function runUnit(at: usize, index: i32, worker: Worker): void {
  const step = changetype<Step>(at);
  switch (step.op) {
    case 1:
      // The last layers have the most weights: they come first.
      beginForward(changetype<Layer>(step.at + <usize>((step.units - 1 - index) * step.pitch)));
      return;
    case 2:
      beginBackward(changetype<Layer>(step.at + <usize>((step.units - 1 - index) * step.pitch)));
      return;
    case 3:
      endStatistics(changetype<Layer>(step.at), index);
      return;
    case 4:
      if (index < step.ownUnits) addPartials(changetype<Layer>(step.at), index);
      else endGradient(changetype<Layer>(step.source), index - step.ownUnits);
      return;
    default:
      runSlice(step.op, changetype<Unit>(step.at + <usize>(index * step.pitch)), worker);
  }
}

function runSlice(op: i32, unit: Unit, worker: Worker): void {
  unit.tile = worker.tile;
  unit.blockX = worker.blockX;
  unit.blockZ = worker.blockZ;
  const samples = unit.slice.samples;
  const pixels = samples * unit.outputRows * unit.outputColumns;
  switch (op) {
    case 5:
      pointwiseForward(unit, pixels);
      return;
    case 6:
      depthwiseForward(unit, samples);
      return;
    case 7:
      keepSource(unit, pixels);
      return;
    case 8:
      poolForward(unit, samples);
      return;
    case 9:
      denseForward(unit, samples);
      return;
    case 10:
      denseBackward(unit, samples);
      return;
    case 11:
      poolBackward(unit, samples);
      return;
    case 12:
      pointwiseBackward(unit, pixels);
      return;
    case 13:
      depthwiseBackward(unit, samples);
      return;
    case 14:
      endSourceGradient(unit, 0, pixels);
      return;
  }
}
