/**
 * Whether a network's class 0 is what lies behind all others, or a class like them (CamVid's sky): its label
 * says so, as PASCAL VOC's "background" does. There is no other place where a file tells.
 */

/** What lists call the background: VOC, LabelMe (`_background_`), TensorFlow (`???`), Cityscapes, CamVid. */
const names = /^(?:_*background_*|\?{3}|unlabell?ed|void)$/i;

/** Whether a label is that of the background. */
export function isBackgroundLabel(label: string): boolean {
  return names.test(label.trim());
}

/** What files without names are given: it says nothing, so that VOC's convention holds. */
const unnamed = /^(?:class 0)?$/;

/**
 * Whether class 0 is the background: by its label, or where it has none.
 *
 * @param label - Of class 0; undefined where no pixel has that class.
 */
export function isBackgroundClass(label: string | undefined): boolean {
  const name = label?.trim() ?? "";
  return unnamed.test(name) || isBackgroundLabel(name);
}

/** The value of pixels that nobody has looked at, where class 0 is a class like others; VOC's void. */
export const noClass = 255;

/**
 * Whether pixels of a class show something: neither the background nor what nobody has looked at.
 *
 * @param label - Of that class; undefined where it has none.
 */
export function isForeground(index: number, label: string | undefined): boolean {
  if (index === noClass) return label !== undefined;
  return index !== 0 || !isBackgroundClass(label);
}

/** Whether pixels of a class show something, by the classes that a segmentation found. */
export function foregroundOf(
  classes: Iterable<{ readonly index: number; readonly label: string }>,
): (index: number) => boolean {
  const labels = new Map(Array.from(classes, ({ index, label }) => [index, label]));
  return (index) => isForeground(index, labels.get(index));
}
