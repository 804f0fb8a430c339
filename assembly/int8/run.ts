/**
 * The walker of 8-bit programs: a whole network is one call. A program is a list of records in
 * memory, each with its operation and length first; the caller owns every byte.
 */
import { Block, runBlock } from "./block";
import { Depthwise, depthwiseRow } from "./depthwise";
import { Map, runMap } from "./maps";
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
  /** Absent (0) where depthwise. */
  layer: Layer;
  /** A Window or a Depthwise. */
  window: usize;
}

/** Runs the program at `program` to its end. */
export function run(program: usize): void {
  let at = program;
  while (true) {
    const step = changetype<Step>(at);
    switch (step.op) {
      case 0:
        return;
      case 1: {
        const dense = changetype<PointwiseStep>(at);
        pointwise(dense.layer, dense.input, dense.output, dense.pixels);
        break;
      }
      case 2:
      case 3:
        runRows(changetype<RowStep>(at), step.op == 3);
        break;
      case 4:
        runMap(changetype<Map>(at));
        break;
      case 5:
        runPool(changetype<Pool>(at));
        break;
      case 6:
        runResize(changetype<Resize>(at));
        break;
      case 7:
        runBlock(changetype<Block>(at));
        break;
    }
    at += <usize>step.bytes;
  }
}

function runRows(step: RowStep, depthwise: bool): void {
  let output = step.output;
  for (let image = 0; image < step.images; image++) {
    const input = step.input + <usize>image * step.inputImageBytes;
    for (let row = 0; row < step.outputRows; row++) {
      if (depthwise) depthwiseRow(changetype<Depthwise>(step.window), input, output, row);
      else windowRow(changetype<Window>(step.window), step.layer, input, output, row);
      output += step.outputRowBytes;
    }
  }
}
