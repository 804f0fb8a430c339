/**
 * The names that a pattern of a naming scheme stands for: the same tables that read others' names write
 * them. Patterns are whole names or their ends, of letters, digits and choices; whatever is a number is
 * the one asked for.
 */
import { MobileNetError } from "../errors.ts";

/** All names of a pattern in which every number is the given one, usual spellings first. */
export function namesOf({ source }: RegExp, number: number): readonly string[] {
  const parser = new PatternParser(source, number);
  return parser.names();
}

class PatternParser {
  readonly #source: string;
  readonly #number: number;
  #at = 0;

  constructor(source: string, number: number) {
    this.#source = source;
    this.#number = number;
  }

  names(): readonly string[] {
    const names = this.#choices();
    if (this.#at < this.#source.length) throw this.#fault();
    return [...new Set(names)];
  }

  /** Alternatives up to the end of the group. */
  #choices(): readonly string[] {
    const all = [...this.#sequence()];
    while (this.#take("|")) all.push(...this.#sequence());
    return all;
  }

  #sequence(): readonly string[] {
    let names: readonly string[] = [""];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!)) {
      const parts = this.#atom();
      names = names.flatMap((name) => parts.map((part) => name + part));
    }
    return names;
  }

  /** One part, with what may follow it: what may be left out is. */
  #atom(): readonly string[] {
    const found = this.#bare();
    if (this.#take("?")) return ["", ...found];
    this.#take("+");
    return found;
  }

  #bare(): readonly string[] {
    const number = `${this.#number}`;
    if (this.#take("^") || this.#take("$")) return [""];
    if (this.#take("\\d")) return [number];
    if (this.#take("\\w")) throw this.#fault();
    if (this.#take("\\")) return [this.#source[this.#at++] ?? ""];
    if (this.#take("[")) {
      const end = this.#source.indexOf("]", this.#at);
      const digits = this.#source.slice(this.#at, end);
      this.#at = end + 1;
      return digits.includes(number) && number.length === 1 ? [number] : [];
    }
    if (this.#take("(")) {
      this.#take("?:");
      const names = this.#choices();
      if (!this.#take(")")) throw this.#fault();
      return names;
    }
    return [this.#source[this.#at++] ?? ""];
  }

  #take(text: string): boolean {
    const is = this.#source.startsWith(text, this.#at);
    if (is) this.#at += text.length;
    return is;
  }

  #fault(): MobileNetError {
    return new MobileNetError("internal", "this pattern cannot be written", {
      node: this.#source,
      received: `character ${this.#at}`,
    });
  }
}
