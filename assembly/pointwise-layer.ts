/** What the pointwise tiles share: the layer they read and how they finish their sums. */

/** Outputs in one panel of weights. */
export const PANEL: i32 = 8;

/** Bytes from one panel's lanes to the next panel's in an output pixel. */
export const PANEL_BYTES: usize = 32;

/** `activation(x · weights + bias)`, plus a shortcut: one layer as the tiles read it. */
@unmanaged
export class Pointwise {
  /** `[panels][depth][8]`. */
  weights: usize;
  /** `[panels][8]`. */
  bias: usize;
  /** Inputs of one pixel. */
  depth: i32;
  panels: i32;
  /** Lanes of the last panel that exist in the output; 8 unless it is dense. */
  lastLanes: i32;
  /** Panels that run over all pixels at hand before the next ones do: their weights stay in cache. */
  panelBlock: i32;
  /** Bytes from 8 channels of the input to the next 8, and from one panel of the output to the next. */
  inputStep: i32;
  outputStep: i32;
  /** Bytes from one pixel to the next. */
  inputPitch: i32;
  outputPitch: i32;
  shortcutPitch: i32;
  /** Whether sums are cut to low … high. */
  clamped: i32;
  low: f32;
  high: f32;
}

/** Cuts a vector to low … high; unlike min and max, one instruction each. */
export function clamp(sum: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(sum, low), high);
}

/** Activation, shortcut and store of 8 sums. */
export function storePanel(layer: Pointwise, to: usize, shortcut: usize, s0: v128, s1: v128): void {
  if (layer.clamped) {
    const low = f32x4.splat(layer.low);
    const high = f32x4.splat(layer.high);
    s0 = clamp(s0, low, high);
    s1 = clamp(s1, low, high);
  }
  if (shortcut != 0) {
    s0 = f32x4.add(s0, v128.load(shortcut));
    s1 = f32x4.add(s1, v128.load(shortcut, 16));
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
}
