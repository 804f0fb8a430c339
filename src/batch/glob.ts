/** Patterns of paths, as shells have them, for folders that are larger than a shell's line. */
import { MobileNetError } from "../errors.ts";

/** Whether a text is a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** A pattern's folder, up to the first part that is a pattern, and what paths below it must match. */
export interface Glob {
  readonly folder: string;
  readonly matches: RegExp;
}

/**
 * Takes a pattern apart. `*` and `?` stay within a name, `**` is any number of folders, `[a-z]` one of some
 * characters, `{a,b}` one of some texts.
 *
 * @example
 * ```ts
 * const { folder, matches } = parseGlob("photos/20??/**\/*.{jpg,png}");
 * folder; // "photos"
 * matches.test("2024/may/a.jpg"); // true
 * ```
 */
export function parseGlob(pattern: string): Glob {
  const parts = pattern.split("/");
  const first = parts.findIndex(isGlob);
  const folder = parts.slice(0, first).join("/");
  const rest = parts.slice(first);
  const body = rest
    .map((part, i) => {
      const last = i === rest.length - 1;
      if (part === "**") return last ? ".*" : "(?:[^/]+/)*";
      return last ? ofName(part) : `${ofName(part)}/`;
    })
    .join("");
  return {
    folder: folder === "" ? (pattern.startsWith("/") ? "/" : ".") : folder,
    matches: expression(`^${body}$`, pattern),
  };
}

function expression(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new MobileNetError("invalid-argument", "this is no pattern of paths", {
      expected: "*, **, ?, [a-z] and {a,b}",
      received: pattern,
      cause,
    });
  }
}

/** The expression of one name. */
function ofName(part: string): string {
  return part.replace(/\[!?[^\]/]+\]|\{[^{}]*\}|[\s\S]/gu, (piece) => {
    if (piece.length > 1 && piece.startsWith("[")) {
      const inside = piece.slice(1, -1).replace(/[\\[\]^&|~]/g, "\\$&");
      return inside.startsWith("!") ? `[^/${inside.slice(1)}]` : `[${inside}]`;
    }
    if (piece.length > 1 && piece.startsWith("{")) {
      return `(?:${piece.slice(1, -1).split(",").map(ofName).join("|")})`;
    }
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    return piece.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
}
