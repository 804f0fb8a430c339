/**
 * What a Keras layer's config says, field by field. Configs are untrusted JSON of many versions: a field
 * that is missing or null has the default that Keras gives it, one of another kind is an error that
 * names layer and field.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";

/** A JSON object. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The layer that a config belongs to, as errors name it: `model.json, Conv2D "Conv1"`. */
export class Config {
  readonly #fields: JsonFields;
  readonly #place: string;
  readonly #asked: (key: string) => void;

  /** @param asked - Told of each field that is read. */
  constructor(fields: JsonFields, place: string, asked: (key: string) => void = () => undefined) {
    this.#fields = fields;
    this.#place = place;
    this.#asked = asked;
  }

  /** A field as it is; undefined where it is missing or null. */
  value(key: string): unknown {
    this.#asked(key);
    return (Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined) ?? undefined;
  }

  /** A finite number. */
  number(key: string, missing: number): number;
  number(key: string, missing?: undefined): number | undefined;
  number(key: string, missing?: number): number | undefined {
    const value = plain(this.value(key)) ?? missing;
    if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
    throw this.fault(key, "a number", value);
  }

  /** A whole number of at least 1. */
  count(key: string, missing?: number): number {
    const value = this.value(key) ?? missing;
    if (isCount(value)) return value;
    throw this.fault(key, "a whole number of at least 1", value);
  }

  flag(key: string, missing: boolean): boolean {
    const value = this.value(key) ?? missing;
    if (typeof value === "boolean") return value;
    throw this.fault(key, "true or false", value);
  }

  /** A word in lower case without underscores, as versions differ in them: `channelslast`. */
  word(key: string, missing: string): string {
    const value = this.value(key) ?? missing;
    if (typeof value === "string") return wordOf(value);
    throw this.fault(key, "a word", value);
  }

  /** Rows and columns: two whole numbers of at least 1, or one for both. */
  pair(key: string, missing?: readonly [number, number]): readonly [number, number] {
    const value = this.value(key) ?? missing;
    const [a, b] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    if (isCount(a) && isCount(b)) return [a, b];
    throw this.fault(key, "one or two whole numbers of at least 1", value);
  }

  /** Numbers, one or several, however deep they lie in lists. */
  numbers(key: string): readonly number[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const numbers = numbersIn(value);
    if (numbers !== undefined) return numbers;
    throw this.fault(key, "numbers", value);
  }

  /** The error for a field that is not as it must be. */
  fault(key: string, expected: string, received: unknown): MobileNetError {
    return new MobileNetError("invalid-model", `its ${key} is malformed`, {
      node: this.#place,
      expected,
      received: quote(received),
    });
  }
}

/** Lower case without underscores: Keras writes `hard_sigmoid`, TensorFlow.js `hardSigmoid`. */
export function wordOf(text: string): string {
  return text.slice(0, 200).toLowerCase().replaceAll("_", "");
}

/** Far deeper than numbers lie in lists, or layers in models. */
const mostDepth = 16;

/**
 * The numbers in a value, whatever wraps them; undefined where there is anything else. Lists of one
 * item come from the shape `[1, 1, 1, channels]` of constants.
 */
export function numbersIn(value: unknown, depth = 0): readonly number[] | undefined {
  const inner = plain(value);
  if (typeof inner === "number") return Number.isFinite(inner) ? [inner] : undefined;
  if (!Array.isArray(inner) || inner.length === 0 || depth > mostDepth) return undefined;
  if (inner.length === 1) return numbersIn(inner[0], depth + 1);
  const numbers = inner.map(plain);
  return numbers.every((one) => typeof one === "number" && Number.isFinite(one))
    ? (numbers as readonly number[])
    : undefined;
}

/** A value without what Keras wraps arrays and scalars in: `{"class_name": "__numpy__", …}`. */
function plain(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { config } = value;
  return isRecord(config) && Object.hasOwn(config, "value") ? config["value"] : value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
