/** Decoded masks in memory: a PNG is decoded once a run, not once an epoch. */
import { callable, checkItems, checkSettings, needed, wholeFrom } from "../check-fields.ts";
import type { ClassMask, MaskLabel } from "./samples.ts";

/** Bytes for masks unless said otherwise: a thousand of half a megapixel. */
const usualBytes = 512 * 2 ** 20;

/**
 * Labels that keep their masks once read, within a number of bytes in all. What came first stays: an epoch
 * reads every mask once in a new order, so that whatever makes room for another would be wanted as soon.
 *
 * @param options - `bytes`: of decoded masks, a byte a pixel. Default 512 MiB.
 * @throws MobileNetError `invalid-argument` for what are no labels, or bytes that are no whole number.
 *
 * @example
 * ```ts
 * let read = 0;
 * const mask = { width: 2, height: 1, classMap: Uint8Array.of(0, 1) };
 * const [label] = keepMasks([{ readMask: () => (read++, mask) }]);
 * await label?.readMask();
 * await label?.readMask();
 * read; // 1
 * ```
 */
export function keepMasks(
  labels: readonly MaskLabel[],
  options: { readonly bytes?: number | undefined } = {},
): readonly MaskLabel[] {
  checkItems(labels, { readMask: needed(callable) }, "keepMasks");
  checkSettings(options, { bytes: wholeFrom(0) }, "keepMasks");
  const { bytes = usualBytes } = options;
  let free = bytes;
  return labels.map((label): MaskLabel => {
    let kept: ClassMask | undefined;
    return {
      async readMask() {
        if (kept !== undefined) return kept;
        const mask = await label.readMask();
        // Two readers at once decode it twice, and one of them is kept.
        if (kept === undefined && mask.classMap.length <= free) {
          free -= mask.classMap.length;
          kept = mask;
        }
        return mask;
      },
    };
  });
}
