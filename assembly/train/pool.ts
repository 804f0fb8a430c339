/** The mean over a map after batch norm and ReLU6, which is never kept, and its way back. */
import { normalize } from "./elementwise";
import { endSourceGradient } from "./pointwise-unit";
import { Unit } from "./unit";

/** Of the unit's source; the means go to `z`, `[samples][channels]`. */
export function poolForward(unit: Unit, samples: i32): void {
  const channels = unit.inputs;
  const pixels = unit.inputRows * unit.inputColumns;
  const bytes = <usize>channels * 4;
  const share = f32x4.splat(<f32>1 / <f32>pixels);
  let to = unit.z;
  for (let sample = 0; sample < samples; sample++) {
    memory.fill(to, 0, bytes);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const from = <usize>(sample * pixels + pixel) * bytes;
      let row = unit.x + from;
      if (unit.x == 0) {
        row = unit.blockX;
        normalize(
          unit.sourceZ + from,
          row,
          1,
          channels,
          unit.sourceScale,
          unit.sourceShift,
          unit.sourceLow,
          unit.sourceHigh,
          unit.sourceStep,
        );
      }
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(row + c)));
      }
    }
    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(to + c, f32x4.mul(v128.load(to + c), share));
    }
    to += bytes;
  }
}

/** From the means' gradient in `gradient` to the source's. */
export function poolBackward(unit: Unit, samples: i32): void {
  const channels = unit.inputs;
  const pixels = unit.inputRows * unit.inputColumns;
  const bytes = <usize>channels * 4;
  const share = f32x4.splat(<f32>1 / <f32>pixels);
  for (let sample = 0; sample < samples; sample++) {
    const dy = unit.gradient + <usize>sample * bytes;
    const start = <usize>(sample * pixels) * bytes;
    let to = unit.sourceGradient + start;
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(to + c, f32x4.mul(v128.load(dy + c), share));
      }
      to += bytes;
    }
    endSourceGradient(unit, start, pixels);
  }
}
