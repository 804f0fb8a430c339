/** ConfigFields of a JSON file that others wrote, each checked when it is asked for; errors name file and field. */
import { MobileNetError } from "../../errors.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";

/** A JSON object's fields. */
export class ConfigFields {
  readonly #file: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(file: string, values: Readonly<Record<string, unknown>>) {
    this.#file = file;
    this.#values = values;
  }

  /** The fields' names. */
  get names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** A field as it is; null is none. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  number(name: string, least: number, most: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined || isNumberIn(value, least, most)) return value;
    throw this.bad(name, `a number from ${least} to ${most}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.bad(name, "true or false");
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.bad(name, "a text");
  }

  /** An object's fields. */
  object(name: string): ConfigFields | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (isRecord(value)) return new ConfigFields(`${this.#file}, ${name}`, value);
    throw this.bad(name, "an object");
  }

  /** Three numbers, for red, green and blue. */
  colours(name: string): readonly [number, number, number] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const [red, green, blue] = Array.isArray(value) ? value : [value, value, value];
    const all = [red, green, blue];
    if (all.every((each) => isNumberIn(each, -1e6, 1e6))) return all as [number, number, number];
    throw this.bad(name, "a number for each of red, green and blue");
  }

  /** Refuses a field that has another value than the one that is read. */
  require(name: string, ...read: readonly unknown[]): void {
    const value = this.raw(name);
    if (value === undefined || read.includes(value)) return;
    throw new MobileNetError("unsupported", `"${name}" has a value that is not read`, {
      node: this.#file,
      expected: read.map(quote).join(" or "),
      received: quote(value),
    });
  }

  /** The error for a field that is not as it must be. */
  bad(name: string, expected: string): MobileNetError {
    return new MobileNetError("invalid-model", `"${name}" is not as it must be`, {
      node: this.#file,
      expected,
      received: quote(this.raw(name)),
    });
  }
}
