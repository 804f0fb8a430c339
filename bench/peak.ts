/** What one core can do in WebAssembly: multiply-adds of float32 vectors that stay in registers. */
import asc from "assemblyscript/asc";
import { timeCalls } from "../src/timing.ts";

const steps = 1 << 20;

/** Multiply-adds in one call of what `preparePeak` makes. */
export const peakMacs: number = steps * 32;

/** The kernels' inner loop without its loads of weights: 8 accumulators, 1 pixel a step. */
const source = `
export function run(steps: i32): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  const w0 = v128.load(0), w1 = v128.load(16);
  for (; steps > 0; steps--) {
    const x = v128.load_splat<f32>(32);
    a0 = f32x4.add(a0, f32x4.mul(x, w0));
    a1 = f32x4.add(a1, f32x4.mul(x, w1));
    const y = v128.load_splat<f32>(36);
    a2 = f32x4.add(a2, f32x4.mul(y, w0));
    a3 = f32x4.add(a3, f32x4.mul(y, w1));
    const z = v128.load_splat<f32>(40);
    a4 = f32x4.add(a4, f32x4.mul(z, w0));
    a5 = f32x4.add(a5, f32x4.mul(z, w1));
    const u = v128.load_splat<f32>(44);
    a6 = f32x4.add(a6, f32x4.mul(u, w0));
    a7 = f32x4.add(a7, f32x4.mul(u, w1));
  }
  v128.store(64, f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)),
    f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7))));
}`;

/** Billions of multiply-adds a second, at the best of many moments. */
export async function measurePeak(): Promise<number> {
  const run = await preparePeak();
  return (steps * 32) / timeCalls(run, { runs: 60, warmUps: 20 }).least / 1e6;
}

/** A call that makes `peakMacs` multiply-adds. */
export async function preparePeak(): Promise<() => void> {
  let binary = new Uint8Array();
  const { error } = await asc.main(
    [
      "peak.ts",
      "--initialMemory",
      "1",
      "-o",
      "peak.wasm",
      "-O3",
      "--enable",
      "simd",
      "--runtime",
      "stub",
    ],
    {
      readFile: (name) => (name === "peak.ts" ? source : null),
      writeFile: (_name, contents) => {
        binary = Uint8Array.from(contents as Uint8Array);
      },
      listFiles: () => [],
    },
  );
  if (error) throw error;
  const { instance } = await WebAssembly.instantiate(binary, {});
  const run = instance.exports["run"] as (steps: number) => void;
  return () => run(steps);
}
