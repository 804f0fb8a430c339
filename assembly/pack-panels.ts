/** Rows of weights into panels of 8 outputs, times a factor for each output where there are some. */

/**
 * Packs `rows` rows of `outputs` float32 values, which start at `from`, into panels: row after row of
 * the first panel at `panel`, the next panel `panelBytes` further on. `factors` is the address of a
 * float64 for each output, or 0; products are rounded to float32 once.
 */
export function packPanels(
  from: usize,
  rows: i32,
  outputs: i32,
  factors: usize,
  panel: usize,
  panelBytes: i32,
): void {
  const rowBytes = <usize>outputs * 4;
  for (let first = 0; first < outputs; first += 8) {
    const lanes = min(8, outputs - first);
    if (lanes < 8) packLanes(from, rows, rowBytes, factors, panel, lanes);
    else if (factors == 0) copyRows(from, rows, rowBytes, panel);
    else scaleRows(from, rows, rowBytes, factors, panel);
    from += 32;
    panel += panelBytes;
    if (factors != 0) factors += 64;
  }
}

function copyRows(from: usize, rows: i32, rowBytes: usize, panel: usize): void {
  for (let row = 0; row < rows; row++) {
    v128.store(panel, v128.load(from));
    v128.store(panel, v128.load(from, 16), 16);
    from += rowBytes;
    panel += 32;
  }
}

function scaleRows(from: usize, rows: i32, rowBytes: usize, factors: usize, panel: usize): void {
  const a = v128.load(factors);
  const b = v128.load(factors, 16);
  const c = v128.load(factors, 32);
  const d = v128.load(factors, 48);
  for (let row = 0; row < rows; row++) {
    v128.store64_lane(panel, scaled(v128.load64_zero(from), a), 0);
    v128.store64_lane(panel, scaled(v128.load64_zero(from, 8), b), 0, 8);
    v128.store64_lane(panel, scaled(v128.load64_zero(from, 16), c), 0, 16);
    v128.store64_lane(panel, scaled(v128.load64_zero(from, 24), d), 0, 24);
    from += rowBytes;
    panel += 32;
  }
}

function scaled(pair: v128, factors: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(pair), factors));
}

/** The last panel, where it is not full. */
function packLanes(
  from: usize,
  rows: i32,
  rowBytes: usize,
  factors: usize,
  panel: usize,
  lanes: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let lane: usize = 0; lane < <usize>lanes; lane++) {
      const value = load<f32>(from + lane * 4);
      const product =
        factors == 0 ? value : <f32>(<f64>value * load<f64>(factors + lane * 8));
      store<f32>(panel + lane * 4, product);
    }
    from += rowBytes;
    panel += 32;
  }
}
