/**
 * The kernels for pictures, loaded beside the first network. Nobody waits for them: `preprocess` gives
 * the same bits, and a page can answer before it has them.
 */
import type { PictureWriter } from "./picture-input.ts";

let loading: Promise<void> | undefined;
let loaded: PictureWriter | undefined;

/** Resolves when they are there, or cannot be had: where there is no WebAssembly with SIMD. */
export function loadPictureWriter(): Promise<void> {
  loading ??= import("./picture-input.ts")
    .then(({ PictureWriter }) => PictureWriter.load())
    .then(
      (writer) => {
        loaded = writer;
      },
      () => undefined,
    );
  return loading;
}

/** What writes pictures into inputs, once it is there. */
export function pictureWriter(): PictureWriter | undefined {
  return loaded;
}
