/** Weights `[inputs][outputs]` in the order in which the pointwise tiles read them. */

/** `[outputs / 8][inputs][8]`; lanes past the outputs are 0. */
export function packWeights(weights: usize, inputs: i32, outputs: i32, to: usize): void {
  const pitch = <usize>outputs * 4;
  for (let first = 0; first < outputs; first += 8) {
    const lanes = min(8, outputs - first);
    let from = weights + <usize>first * 4;
    for (let i = inputs; i > 0; i--) {
      if (lanes == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let lane = 0; lane < 8; lane++) {
          const value: f32 = lane < lanes ? load<f32>(from + <usize>lane * 4) : 0;
          store<f32>(to + <usize>lane * 4, value);
        }
      }
      from += pitch;
      to += 32;
    }
  }
}

/** The transposed weights' panels, `[inputs / 8][outputs][8]`, for the gradient of the data. */
export function packTransposed(weights: usize, inputs: i32, outputs: i32, to: usize): void {
  const pitch = <usize>outputs * 4;
  for (let first = 0; first < inputs; first += 8) {
    const row = weights + <usize>first * pitch;
    for (let o: usize = 0; o < pitch; o += 4) {
      let from = row + o;
      for (let lane: usize = 0; lane < 32; lane += 4) {
        store<f32>(to + lane, load<f32>(from));
        from += pitch;
      }
      to += 32;
    }
  }
}
