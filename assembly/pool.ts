/** Global average pooling: the mean of each channel over rows and columns. */
import { Worker, forEachUnit } from "./parallel";

@unmanaged
export class Pool {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  images: i32;
  /** Of one image. */
  pixels: i32;
  channels: i32;
  inputPitch: i32;
  outputPitch: i32;
  unitChannels: i32;
  /** One over the pixels. */
  scale: f32;
}

export function runPool(step: Pool, worker: Worker): void {
  const slices = (step.channels + step.unitChannels - 1) / step.unitChannels;
  forEachUnit(worker, step.images * slices, poolUnit, changetype<usize>(step), 0, slices);
}

function poolUnit(work: usize, image: i32, slices: i32, unit: i32, worker: Worker): void {
  const step = changetype<Pool>(work);
  const index = <usize>(unit / slices);
  let channel = (unit % slices) * step.unitChannels;
  const end = min(channel + step.unitChannels, step.channels);
  const input = step.input + index * <usize>step.pixels * step.inputPitch;
  const output = step.output + index * step.outputPitch;
  const pitch = <usize>step.inputPitch;
  const scale = f32x4.splat(step.scale);
  for (; channel + 8 <= end; channel += 8) {
    let at = input + <usize>channel * 4;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    for (let pixel = step.pixels; pixel > 0; pixel--) {
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      at += pitch;
    }
    const to = output + <usize>channel * 4;
    v128.store(to, f32x4.mul(a, scale));
    v128.store(to, f32x4.mul(b, scale), 16);
  }
  for (; channel < end; channel++) {
    let at = input + <usize>channel * 4;
    let sum: f32 = 0;
    for (let pixel = step.pixels; pixel > 0; pixel--) {
      sum += load<f32>(at);
      at += pitch;
    }
    store<f32>(output + <usize>channel * 4, sum * step.scale);
  }
}
