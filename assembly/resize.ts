/** Bilinear interpolation in TensorFlow's three conventions, in its order of float32 operations. */
import { Worker, forEachUnit } from "./parallel";

@unmanaged
export class Resize {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  images: i32;
  rows: i32;
  columns: i32;
  outputRows: i32;
  outputColumns: i32;
  channels: i32;
  inputPitch: i32;
  outputPitch: i32;
  /** Input pixels per output pixel. */
  rowScale: f32;
  columnScale: f32;
  halfPixelCenters: i32;
  /** Lanes past the channels to set to zero. */
  zeros: i32;
}

export function runResize(step: Resize, worker: Worker): void {
  const rows = step.images * step.outputRows;
  forEachUnit(worker, rows, resizeRow, changetype<usize>(step), 0, 0);
}

/** Where an output pixel lies on the input's axis. */
function place(step: Resize, index: i32, scale: f32): f32 {
  const at = <f32>index;
  return step.halfPixelCenters ? (at + 0.5) * scale - 0.5 : at * scale;
}

function resizeRow(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const step = changetype<Resize>(work);
  const index = <usize>(unit / step.outputRows);
  const pitch = <usize>step.inputPitch;
  const rowBytes = <usize>step.columns * pitch;
  const plane = step.input + index * <usize>step.rows * rowBytes;
  const y = place(step, unit % step.outputRows, step.rowScale);
  const row = max(<i32>floor(y), 0);
  const fractionY = max(y - floor(y), 0);
  const upper = plane + <usize>min(row, step.rows - 1) * rowBytes;
  const lower = plane + <usize>min(max(<i32>ceil(y), 0), step.rows - 1) * rowBytes;
  let output = step.output + <usize>(unit * step.outputColumns) * step.outputPitch;
  const bytes = <usize>step.channels * 4;
  const whole = bytes & ~15;
  for (let column = 0; column < step.outputColumns; column++) {
    const x = place(step, column, step.columnScale);
    const fractionX = x - floor(x);
    const left = <usize>min(max(<i32>floor(x), 0), step.columns - 1) * pitch;
    const right = <usize>min(max(<i32>ceil(x), 0), step.columns - 1) * pitch;
    const fx = f32x4.splat(fractionX);
    const fy = f32x4.splat(fractionY);
    for (let c: usize = 0; c < whole; c += 16) {
      const a = v128.load(upper + left + c);
      const b = v128.load(upper + right + c);
      const top = f32x4.add(a, f32x4.mul(f32x4.sub(b, a), fx));
      const d = v128.load(lower + left + c);
      const e = v128.load(lower + right + c);
      const bottom = f32x4.add(d, f32x4.mul(f32x4.sub(e, d), fx));
      v128.store(output + c, f32x4.add(top, f32x4.mul(f32x4.sub(bottom, top), fy)));
    }
    for (let c = whole; c < bytes; c += 4) {
      const a = load<f32>(upper + left + c);
      const top = a + (load<f32>(upper + right + c) - a) * fractionX;
      const d = load<f32>(lower + left + c);
      const bottom = d + (load<f32>(lower + right + c) - d) * fractionX;
      store<f32>(output + c, top + (bottom - top) * fractionY);
    }
    for (let lane = 0; lane < step.zeros; lane++) {
      store<f32>(output + bytes + <usize>lane * 4, 0);
    }
    output += step.outputPitch;
  }
}
