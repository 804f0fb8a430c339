/**
 * A strict parser for the JavaScript literals that minifiers make of JSON: unquoted keys, `!0` for
 * true, `.999` for 0.999. Data only: no identifiers, calls or templates, so that a model packed as a
 * script can be read without running it.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** Deeper than any model topology, far from the end of the stack. */
const deepest = 100;

const number: RegExp = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const word: RegExp = /[A-Za-z_$][\w$]*/y;
const space: RegExp = /\s*/y;

const words: ReadonlyMap<string, unknown> = new Map([
  ["null", null],
  ["true", true],
  ["false", false],
  ["!0", true],
  ["!1", false],
]);

/** A parsed value and the index after it. */
export interface Literal {
  readonly value: unknown;
  readonly end: number;
}

/**
 * The literal that starts at an index of a text.
 *
 * @throws MobileNetError `invalid-model` with the position of whatever is not plain data.
 *
 * @example
 * ```ts
 * parseLiteral("{sizes:[1,.5],dense:!1}").value; // { sizes: [1, 0.5], dense: false }
 * ```
 */
export function parseLiteral(text: string, start = 0): Literal {
  const parser = new LiteralParser(text, start);
  return { value: parser.value(0), end: parser.position };
}

class LiteralParser {
  readonly #text: string;
  position: number;

  constructor(text: string, position: number) {
    this.#text = text;
    this.position = position;
  }

  value(depth: number): unknown {
    if (depth > deepest) throw this.#fault(`at most ${deepest} levels`);
    this.#skipSpace();
    switch (this.#text[this.position]) {
      case "{":
        return Object.fromEntries(this.#list("}", () => this.#property(depth)));
      case "[":
        return this.#list("]", () => this.value(depth + 1));
      case '"':
      case "'":
        return this.#string();
      case "!": {
        const literal = this.#text.slice(this.position, this.position + 2);
        this.position += 2;
        return this.#word(literal);
      }
      default: {
        const digits = this.#match(number);
        return digits === undefined ? this.#word(this.#match(word)) : Number(digits);
      }
    }
  }

  #property(depth: number): readonly [string, unknown] {
    this.#skipSpace();
    const mark = this.#text[this.position];
    const key =
      mark === '"' || mark === "'" ? this.#string() : (this.#match(word) ?? this.#match(number));
    if (key === undefined) throw this.#fault("a key");
    this.#skipSpace();
    if (this.#text[this.position] !== ":") throw this.#fault("a colon");
    this.position++;
    return [key, this.value(depth + 1)];
  }

  #list<T>(close: string, item: () => T): readonly T[] {
    const items: T[] = [];
    this.position++;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.position] === close) break;
      items.push(item());
      this.#skipSpace();
      if (this.#text[this.position] === close) break;
      if (this.#text[this.position] !== ",") throw this.#fault(`a comma or ${close}`);
      this.position++;
    }
    this.position++;
    return items;
  }

  #string(): string {
    const mark = this.#text[this.position];
    const single = mark === "'";
    const quoted = this.#quoted(mark);
    // JSON has no \' and needs its double quotes escaped.
    const json = single
      ? `"${quoted.slice(1, -1).replace(/\\'|"/g, (found) => (found === '"' ? '\\"' : "'"))}"`
      : quoted;
    try {
      return JSON.parse(json) as string;
    } catch {
      throw this.#fault("text with JSON's escapes");
    }
  }

  /**
   * The text from one quote to the next; a backslash takes the next character with it. A loop, for a
   * pattern with alternatives fills the stack on texts of megabytes.
   */
  #quoted(mark: string | undefined): string {
    for (let at = this.position + 1; at < this.#text.length; at++) {
      if (this.#text[at] === "\\") at++;
      else if (this.#text[at] === mark) {
        const quoted = this.#text.slice(this.position, at + 1);
        this.position = at + 1;
        return quoted;
      }
      if (this.#text[at] === "\n") break;
    }
    throw this.#fault("a closing quote");
  }

  #word(literal: string | undefined): unknown {
    if (literal === undefined || !words.has(literal)) throw this.#fault("plain data");
    return words.get(literal);
  }

  /** Minified text has none: mostly one look is enough. */
  #skipSpace(): void {
    const code = this.#text.charCodeAt(this.position);
    if (code > 32 && code < 127) return;
    this.#match(space);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  #fault(expected: string): MobileNetError {
    return new MobileNetError("invalid-model", `bad literal at character ${this.position}`, {
      expected,
      received: quote(this.#text.slice(this.position, this.position + 20)),
    });
  }
}
