/** JSON as files and documents have it: indented, short where it is numbers, safe to show. */

/** A whole document with indentation and its end of line; a list of numbers stays on one line. */
export function formatJson(value: unknown): string {
  // Line breaks inside texts are escaped, so that only lists can match.
  const text = escapeControls(JSON.stringify(value, undefined, 2)).replace(
    /\[\n[-+.\de,\s]+\]/g,
    (numbers) => `[${numbers.slice(1, -1).trim().replace(/\s+/g, " ")}]`,
  );
  return `${text}\n`;
}

/** The same JSON, with what steers a terminal or reorders text escaped too: it stands in texts only. */
export function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
