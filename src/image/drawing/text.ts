/** Texts on a drawing: how they are measured, shortened and made one line. */

/** The width of a text in pixels, set in letters of some height. */
export type MeasureText = (text: string, font: number) => number;

/** A text, shortened with an ellipsis until it is no wider than its room. */
export function fitText(
  text: string,
  room: { readonly width: number; readonly font: number; readonly measure: MeasureText },
): string {
  const { width, font, measure } = room;
  if (measure(text, font) <= width) return text;
  const characters = Array.from(text);
  let [fits, tooMany] = [0, characters.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (measure(shortened(characters, middle), font) <= width) fits = middle;
    else tooMany = middle;
  }
  return shortened(characters, fits);
}

function shortened(characters: readonly string[], count: number): string {
  return `${characters.slice(0, count).join("").trimEnd()}…`;
}

/** Text without line breaks. */
export function oneLine(text: string): string {
  return text.slice(0, 1000).replace(/\s+/g, " ").trim();
}

/** A share of a whole: `<1%`, `42%`. */
export function formatShare(share: number): string {
  return share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
}
