/**
 * The walker of 8-bit programs: a whole network is one call. A program is a list of records in
 * memory, each with its operation and length first; the caller owns every byte.
 */
import { Body, HostStep, Worker, forEachUnit, join, open, runHost } from "../parallel";
import { Block, runBlock } from "./block";
import { Depthwise, depthwiseRow } from "./depthwise";
import { Map } from "./map";
import { runMap } from "./map-step";
import { Layer, pointwise } from "./pointwise";
import { Pool, runPool } from "./pool";
import { Resize, runResize } from "./resize";
import { Window, windowRow } from "./window";

/** What every record starts with. */
@unmanaged
class Step {
  op: i32;
  bytes: i32;
}

@unmanaged
class PointwiseStep {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  /** Of all images. */
  pixels: i32;
  /** What a thread takes at a time. */
  unitPixels: i32;
  unitPanels: i32;
  layer: Layer;
}

/** A step that goes row by row. */
@unmanaged
class RowStep {
  op: i32;
  bytes: i32;
  input: usize;
  inputImageBytes: i32;
  output: usize;
  outputRowBytes: i32;
  images: i32;
  outputRows: i32;
  /** 0 where depthwise. */
  layer: Layer;
}

@unmanaged
class WindowStep extends RowStep {
  window: Window;
}

@unmanaged
class DepthwiseStep extends RowStep {
  depthwise: Depthwise;
}

/** Gives every thread the scratch memory of the steps that follow. */
@unmanaged
class ScratchStep {
  op: i32;
  bytes: i32;
  /** The first thread's; the others' follow. */
  scratch: usize;
  threadBytes: i32;
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
        runRows(changetype<WindowStep>(at), windowUnit, worker);
        break;
      case 3:
        runRows(changetype<DepthwiseStep>(at), depthwiseUnit, worker);
        break;
      case 4:
        runMap(changetype<Map>(at), worker);
        break;
      case 5:
        runPool(changetype<Pool>(at), worker);
        break;
      case 6:
        runResize(changetype<Resize>(at), worker);
        break;
      case 8:
        takeScratch(changetype<ScratchStep>(at), worker);
        break;
      case 7:
        runBlock(changetype<Block>(at), worker);
        break;
      case 9:
        runHost(changetype<HostStep>(at), worker);
        break;
    }
    at += <usize>step.bytes;
  }
}

function takeScratch(step: ScratchStep, worker: Worker): void {
  worker.scratch = step.scratch + <usize>(worker.index * step.threadBytes);
}

function runPointwise(step: PointwiseStep, worker: Worker): void {
  const down = (step.pixels + step.unitPixels - 1) / step.unitPixels;
  const across = (step.layer.panels + step.unitPanels - 1) / step.unitPanels;
  forEachUnit(worker, across * down, pointwiseUnit, changetype<usize>(step), 0, down);
}

function pointwiseUnit(work: usize, image: i32, down: i32, unit: i32, worker: Worker): void {
  const step = changetype<PointwiseStep>(work);
  const layer = step.layer;
  const first = (unit / down) * step.unitPanels;
  const last = min(first + step.unitPanels, layer.panels);
  const pixel = (unit % down) * step.unitPixels;
  const pixels = min(step.unitPixels, step.pixels - pixel);
  const input = step.input + <usize>pixel * layer.inputPixel;
  pointwise(layer, input, step.output + <usize>pixel * layer.outputPixel, pixels, first, last, worker.scratch);
}

function runRows(step: RowStep, body: Body, worker: Worker): void {
  const rows = step.images * step.outputRows;
  forEachUnit(worker, rows, body, changetype<usize>(step), 0, 0);
}

/** The image of output row `unit`, which is counted over all images, and the row's place. */
function inputOf(step: RowStep, unit: i32): usize {
  return step.input + <usize>(unit / step.outputRows) * step.inputImageBytes;
}

function outputOf(step: RowStep, unit: i32): usize {
  return step.output + <usize>unit * step.outputRowBytes;
}

function windowUnit(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const step = changetype<WindowStep>(work);
  const row = unit % step.outputRows;
  const output = outputOf(step, unit);
  windowRow(step.window, step.layer, inputOf(step, unit), output, row, worker.scratch);
}

function depthwiseUnit(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const step = changetype<DepthwiseStep>(work);
  const row = unit % step.outputRows;
  depthwiseRow(step.depthwise, inputOf(step, unit), outputOf(step, unit), row, worker.scratch);
}
