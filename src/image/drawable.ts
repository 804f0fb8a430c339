/**
 * What a page's canvas can draw, as a type: nothing here runs. It stands apart from the decoder, because
 * a loader's declaration in Node names it too, so that one import type-checks in a page and in Node.
 */

/** Anything that a canvas can draw: `<img>`, `<video>`, `<canvas>`, ImageBitmap, VideoFrame. */
export type Drawable =
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | VideoFrame;
