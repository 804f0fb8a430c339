/** The convolutions that stand alone, as steps of a program: pointwise, and with any window. */
import { further } from "./address";
import { Window, convolutionRow } from "./convolution";
import { Worker, forEachUnit } from "./parallel";
import { pointwise } from "./pointwise";
import { Pointwise } from "./pointwise-layer";

@unmanaged
export class PointwiseStep {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  /** 0 where there is none. */
  shortcut: usize;
  /** Of all images. */
  pixels: i32;
  /** A unit's share. */
  unitPixels: i32;
  unitPanels: i32;
  layer: Pointwise;
}

export function runPointwise(step: PointwiseStep, worker: Worker): void {
  const across = (step.layer.panels + step.unitPanels - 1) / step.unitPanels;
  const down = (step.pixels + step.unitPixels - 1) / step.unitPixels;
  forEachUnit(worker, across * down, pointwiseUnit, changetype<usize>(step), 0, down);
}

function pointwiseUnit(work: usize, image: i32, down: i32, unit: i32, worker: Worker): void {
  const step = changetype<PointwiseStep>(work);
  const layer = step.layer;
  const first = (unit / down) * step.unitPanels;
  const last = min(first + step.unitPanels, layer.panels);
  const pixel = (unit % down) * step.unitPixels;
  const pixels = min(step.unitPixels, step.pixels - pixel);
  const input = step.input + <usize>pixel * layer.inputPitch;
  const output = step.output + <usize>pixel * layer.outputPitch;
  const shortcut = further(step.shortcut, <usize>pixel * layer.shortcutPitch);
  pointwise(layer, input, output, shortcut, pixels, first, last);
}

@unmanaged
export class ConvolutionStep {
  op: i32;
  bytes: i32;
  input: usize;
  inputImageBytes: i32;
  output: usize;
  /** 0 where there is none. */
  shortcut: usize;
  images: i32;
  outputRows: i32;
  layer: Pointwise;
  window: Window;
}

export function runConvolution(step: ConvolutionStep, worker: Worker): void {
  const rows = step.images * step.outputRows;
  forEachUnit(worker, rows, convolutionUnit, changetype<usize>(step), 0, 0);
}

function convolutionUnit(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const step = changetype<ConvolutionStep>(work);
  const layer = step.layer;
  const input = step.input + <usize>(unit / step.outputRows) * step.inputImageBytes;
  const pixel = <usize>(unit * step.window.outputColumns);
  const output = step.output + pixel * layer.outputPitch;
  const shortcut = further(step.shortcut, pixel * layer.shortcutPitch);
  const row = unit % step.outputRows;
  convolutionRow(step.window, layer, input, output, shortcut, row, worker.scratch);
}
