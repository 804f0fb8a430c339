/** A convolution's window as rows of its taps, and the taps' gradients back in their places. */
import { Unit } from "./unit";

/** A window whose columns are all inside the map: its rows are runs of values. */
function unfoldRows(unit: Unit, sample: i32, top: i32, left: i32, to: usize): void {
  const run = unit.kernel * unit.inputChannels;
  const end = to + <usize>unit.inputs * 4;
  for (let y = top; y < top + unit.kernel; y++) {
    const inside = y >= 0 && y < unit.inputRows;
    const pixel = (sample * unit.inputRows + y) * unit.inputColumns + left;
    const from = unit.x + <usize>(pixel * unit.inputPitch) * 4;
    // By fours; what is copied too much, the next run or the zeros overwrite.
    for (let i = 0; i < run; i += 4) {
      const at = <usize>i * 4;
      v128.store(to + at, inside ? v128.load(from + at) : f32x4.splat(0));
    }
    to += <usize>run * 4;
  }
  for (; to < end; to += 4) store<f32>(to, 0);
}

/** The values under the window of each output pixel, tap by tap; then zeros up to `inputs`. */
export function unfold(unit: Unit, first: i32, rows: i32): void {
  const channels = unit.inputChannels;
  const plane = unit.outputRows * unit.outputColumns;
  const used = unit.kernel * unit.kernel * channels;
  // Neighbouring taps are neighbours in memory.
  const runs = unit.dilation == 1 && channels == unit.inputPitch;
  let to = unit.blockX;
  for (let pixel = first; pixel < first + rows; pixel++) {
    const sample = pixel / plane;
    const place = pixel % plane;
    const top = (place / unit.outputColumns) * unit.stride - unit.padTop;
    const left = (place % unit.outputColumns) * unit.stride - unit.padLeft;
    const inside = left >= 0 && left + unit.kernel <= unit.inputColumns;
    if (runs && inside) {
      unfoldRows(unit, sample, top, left, to);
      to += <usize>unit.inputs * 4;
      continue;
    }
    for (let i = 0; i < unit.kernel; i++) {
      const y = top + i * unit.dilation;
      for (let j = 0; j < unit.kernel; j++) {
        const x = left + j * unit.dilation;
        const inside = y >= 0 && y < unit.inputRows && x >= 0 && x < unit.inputColumns;
        const at = ((sample * unit.inputRows + y) * unit.inputColumns + x) * unit.inputPitch;
        for (let c = 0; c < channels; c++) {
          store<f32>(to, inside ? load<f32>(unit.x + <usize>(at + c) * 4) : 0);
          to += 4;
        }
      }
    }
    for (let i = used; i < unit.inputs; i++) {
      store<f32>(to, 0);
      to += 4;
    }
  }
}

/** Adds the gradients of each output pixel's taps, which lie in `blockX`, to those of the input. */
export function fold(unit: Unit, first: i32, rows: i32): void {
  const channels = unit.inputChannels;
  const plane = unit.outputRows * unit.outputColumns;
  const whole = channels & ~3;
  for (let row = 0; row < rows; row++) {
    const pixel = first + row;
    const sample = pixel / plane;
    const place = pixel % plane;
    const top = (place / unit.outputColumns) * unit.stride - unit.padTop;
    const left = (place % unit.outputColumns) * unit.stride - unit.padLeft;
    let from = unit.blockX + <usize>(row * unit.inputs) * 4;
    for (let i = 0; i < unit.kernel; i++) {
      const y = top + i * unit.dilation;
      for (let j = 0; j < unit.kernel; j++) {
        const x = left + j * unit.dilation;
        if (y >= 0 && y < unit.inputRows && x >= 0 && x < unit.inputColumns) {
          const at = ((sample * unit.inputRows + y) * unit.inputColumns + x) * unit.inputPitch;
          const to = unit.sourceGradient + <usize>at * 4;
          for (let c = 0; c < whole; c += 4) {
            const o = <usize>c * 4;
            v128.store(to + o, f32x4.add(v128.load(to + o), v128.load(from + o)));
          }
          for (let c = whole; c < channels; c++) {
            const o = <usize>c * 4;
            store<f32>(to + o, load<f32>(to + o) + load<f32>(from + o));
          }
        }
        from += <usize>channels * 4;
      }
    }
  }
}
