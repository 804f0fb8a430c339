/**
 * Preprocessing as data. The wrong range or the wrong crop gives plausible but wrong labels, so each
 * weights record names exactly one of these.
 */

/**
 * Where TensorFlow's bilinear resize puts pixel centres. With `scale = source / target`:
 * - `legacy`: source = target · scale (align_corners false, half_pixel_centers false)
 * - `half-pixel`: source = (target + ½) · scale − ½
 * - `align-corners`: source = target · (sourceSize − 1) / (targetSize − 1)
 */
export type PixelCenters = "legacy" | "half-pixel" | "align-corners";

/** How a picture of any shape becomes one of the network's shape. */
export type Fit =
  /** Resized to the network's size; the aspect ratio is not kept. */
  | { readonly kind: "stretch" }
  /** The shorter edge is resized to `shortestEdge`, then the centre is cut out. */
  | { readonly kind: "resize-then-crop"; readonly shortestEdge: number }
  /** The central `fraction` of each edge is cut out, then resized without keeping the aspect ratio. */
  | { readonly kind: "central-crop"; readonly fraction: number }
  /** Shrunk to fit where it is larger, set at the top left, the rest filled with `value` (0 to 255). */
  | { readonly kind: "pad"; readonly value: number };

/** From pixels to the network's input: resize and crop, then `pixel · scale + offset` per channel. */
export interface Preprocess {
  /**
   * The picture's luma, 0.299 R + 0.587 G + 0.114 B, in so many channels in place of its colours: one
   * for networks of grey pictures, or the same in all three. The first scale and offset count.
   */
  readonly grey?: 1 | 3 | undefined;
  readonly width: number;
  readonly height: number;
  readonly fit: Fit;
  readonly centers: PixelCenters;
  /** Red, green, blue. */
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

/** The value ranges in use: what a byte from 0 to 255 becomes. */
export const ranges: Record<
  "signed" | "unit" | "bytes" | "imagenet",
  Pick<Preprocess, "scale" | "offset">
> = {
  /** −1 to 1: TensorFlow, Keras, Hugging Face. */
  signed: { scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], offset: [-1, -1, -1] },
  /** 0 to 1: some TensorFlow.js exports. */
  unit: { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
  /** 0 to 255: networks that scale by themselves. */
  bytes: { scale: [1, 1, 1], offset: [0, 0, 0] },
  /** ImageNet mean and standard deviation: torchvision, timm. */
  imagenet: {
    scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
    offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
  },
};

/** What a range is called by people: what 0 and 255 become. */
export type RangeName = "-1..1" | "0..1" | "0..255" | "imagenet";

/** The ranges by these names. */
export const namedRanges: Readonly<Record<RangeName, Pick<Preprocess, "scale" | "offset">>> = {
  "-1..1": ranges.signed,
  "0..1": ranges.unit,
  "0..255": ranges.bytes,
  imagenet: ranges.imagenet,
};
