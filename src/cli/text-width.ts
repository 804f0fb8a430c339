/**
 * How many columns of a terminal a text takes: Chinese, Japanese and Korean characters and emoji take two,
 * marks that join the character before them none. The widths are those of `get-east-asian-width`, which
 * is loaded once at the start; without it the common scripts are known by their names.
 */

type Width = (codePoint: number) => number;

const usuallyWide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

let widthOf: Width = (codePoint) => (usuallyWide.test(String.fromCodePoint(codePoint)) ? 2 : 1);
let loading: Promise<void> | undefined;

/** Loads the table of widths, where it is installed; every call waits for the same. */
export function loadWidths(): Promise<void> {
  loading ??= import("get-east-asian-width").then(
    ({ eastAsianWidth }) => {
      widthOf = (codePoint) => eastAsianWidth(codePoint);
    },
    () => undefined,
  );
  return loading;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\p{Cc}]+$/u;

/**
 * Columns of a printable text.
 *
 * @example
 * ```ts
 * [textWidth("cat"), textWidth("猫"), textWidth("👩‍🚀")]; // [3, 2, 2]
 * ```
 */
export function textWidth(text: string): number {
  if (isPlain(text)) return text.length;
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += characterWidth(segment);
  return columns;
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Columns of what is seen as one character. */
function characterWidth(segment: string): number {
  if (isPlain(segment)) return segment.length;
  if (invisible.test(segment)) return 0;
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(segment)) return 2;
  return widthOf(segment.codePointAt(0)!);
}

/**
 * A text of at most so many columns: its beginning and its end, where it has more.
 *
 * @example
 * ```ts
 * fitColumns("holiday/beach-2024.jpg", 12); // "holiday….jpg"
 * ```
 */
export function fitColumns(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  const room = Math.max(0, columns - 1);
  const end = take(characters.toReversed(), Math.floor(room * 0.45)).reverse();
  const start = take(characters, room - textWidth(end.join("")));
  return `${start.join("")}…${end.join("")}`;
}

/** As many characters as have room. */
function take(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += textWidth(character);
    if (used > columns) break;
    taken.push(character);
  }
  return taken;
}

/** A text followed by spaces up to so many columns. */
export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}
