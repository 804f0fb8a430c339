/** A text's lines one after another: a list of all of them takes gigabytes where a file holds nothing else. */

/**
 * The lines of a text that have something on them, trimmed, with their numbers from 1.
 *
 * @example
 * ```ts
 * [...linesOf("a.png\n\r\n b.png\r")]; // [["a.png", 1], ["b.png", 3]]
 * ```
 */
export function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  let [at, number] = [0, 1];
  for (const { 0: run, index } of text.matchAll(/[^\r\n]+/g)) {
    for (; at < index; at++) {
      // Of \r\n only the second ends a line.
      const code = text.charCodeAt(at);
      if (code === 10 || text.charCodeAt(at + 1) !== 10) number++;
    }
    at = index + run.length;
    const line = run.trim();
    if (line !== "") yield [line, number];
  }
}
