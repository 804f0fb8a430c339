/** Between pixels with all their channels and panels of 8 channels with all their pixels. */

/** Copies `lanes` channels of consecutive pixels into a panel; lanes past them become zero. */
export function packPixels(from: usize, pitch: i32, panel: usize, pixels: i32, lanes: i32): void {
  for (let i = 0; i < pixels; i++) {
    if (lanes == 8) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
    } else {
      v128.store(panel, i32x4.splat(0));
      v128.store(panel, i32x4.splat(0), 16);
      copyLanes(from, panel, lanes);
    }
    from += pitch;
    panel += 32;
  }
}

/** Copies a panel's first `lanes` channels to consecutive pixels. */
export function unpackPixels(panel: usize, to: usize, pitch: i32, pixels: i32, lanes: i32): void {
  for (let i = 0; i < pixels; i++) {
    if (lanes == 8) {
      v128.store(to, v128.load(panel));
      v128.store(to, v128.load(panel, 16), 16);
    } else {
      copyLanes(panel, to, lanes);
    }
    to += pitch;
    panel += 32;
  }
}

function copyLanes(from: usize, to: usize, lanes: i32): void {
  for (let at: usize = 0; at < <usize>lanes * 4; at += 4) store<f32>(to + at, load<f32>(from + at));
}
