/**
 * The depthwise convolution (section 3.1) inside a block: one small filter per channel, 4 channels in
 * a vector. All nine taps of a 3×3 window with their weights do not fit the registers, so a tile of
 * neighbouring outputs keeps its sums there and takes one row of the filter after the other.
 */
import { f32_depthwise_3x3s1_4x4_simd } from "./depthwise-stride-1";
import { f32_depthwise_3x3s2_3x4_simd } from "./depthwise-stride-2";
import { Depthwise, clampTo } from "./depthwise-layer";

/** Any window, one pixel after the other. */
const KERNEL_ANY: i32 = 0;
/** 3×3, stride 1, dilation 1. */
const KERNEL_STRIDE_1: i32 = 1;

/**
 * Some columns of one output row, of panels `first` to `last` (exclusive). `input` is where panel
 * `first` starts, `output` the first column's place in the same panel of the output.
 */
export function depthwiseRow(
  layer: Depthwise,
  input: usize,
  output: usize,
  row: i32,
  firstColumn: i32,
  endColumn: i32,
  first: i32,
  last: i32,
): void {
  const filter = <usize>(layer.kernelRows * layer.kernelColumns) * 32;
  const inputStep = <usize>(layer.ringRows * layer.columns) * 32;
  const outputStep = <usize>layer.outputPixels * 32;
  let weights = layer.weights + <usize>first * filter;
  let bias = layer.bias + <usize>first * 32;
  // Of three filter rows, those over the input.
  const top = row * layer.stride - layer.padTop;
  const skipped = max(0, -top);
  const rows = min(3, layer.rows - top) - skipped;
  const any = layer.kernel == KERNEL_ANY || rows < 1;
  const p = rowUnder(layer, row, skipped);
  const q = rows > 1 ? rowUnder(layer, row, skipped + 1) : p;
  const r = rows > 2 ? rowUnder(layer, row, skipped + 2) : p;
  const from = <usize>skipped * 96;
  for (let panel = first; panel < last; panel++) {
    if (any) {
      f32_depthwise_any_1x8_simd(layer, input, weights, bias, output, row, firstColumn, endColumn);
    } else {
      const w = weights + from;
      const a = input + p;
      const b = input + q;
      const c = input + r;
      if (layer.kernel == KERNEL_STRIDE_1) {
        f32_depthwise_3x3s1_4x4_simd(layer, a, b, c, rows, w, bias, output, firstColumn, endColumn);
      } else {
        f32_depthwise_3x3s2_3x4_simd(layer, a, b, c, rows, w, bias, output, firstColumn, endColumn);
      }
    }
    input += inputStep;
    output += outputStep;
    weights += filter;
    bias += 32;
  }
}

/** Bytes from the input's start to the row under a row of the filter; -1 where there is only padding. */
function rowUnder(layer: Depthwise, row: i32, tap: i32): i32 {
  const y = row * layer.stride - layer.padTop + tap * layer.dilation;
  if (y < 0 || y >= layer.rows) return -1;
  return (y % layer.ringRows) * layer.columns * 32;
}

/** Any window: one pixel × one panel. */
function f32_depthwise_any_1x8_simd(
  layer: Depthwise,
  input: usize,
  weights: usize,
  bias: usize,
  output: usize,
  row: i32,
  firstColumn: i32,
  endColumn: i32,
): void {
  const dilation = layer.dilation;
  const kernelColumns = layer.kernelColumns;
  const columns = layer.columns;
  for (let column = firstColumn; column < endColumn; column++) {
    const left = column * layer.stride - layer.padLeft;
    let a = v128.load(bias);
    let b = v128.load(bias, 16);
    for (let i = 0; i < layer.kernelRows; i++) {
      const under = rowUnder(layer, row, i);
      if (under < 0) continue;
      const line = input + under;
      let w = weights + <usize>(i * kernelColumns) * 32;
      for (let j = 0, x = left; j < kernelColumns; j++, x += dilation, w += 32) {
        if (x < 0 || x >= columns) continue;
        const at = line + <usize>x * 32;
        a = f32x4.add(a, f32x4.mul(v128.load(at), v128.load(w)));
        b = f32x4.add(b, f32x4.mul(v128.load(at, 16), v128.load(w, 16)));
      }
    }
    v128.store(output, clampTo(layer, a));
    v128.store(output, clampTo(layer, b), 16);
    output += 32;
  }
}
