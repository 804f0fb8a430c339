/**
 * Files whose name is a hash of what they say: who has the name knows the contents, and two that say the
 * same are one.
 */
import { checkFields, type Kind } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import { sha256 } from "../formats/sha256.ts";
import { quote } from "../untrusted.ts";

/** What a file says, with its name. */
export type Named<Body> = Body & { readonly id: string };

/** What a kind of file holds. */
export interface NamedContents {
  readonly kinds: Readonly<Record<string, Kind>>;
  /** What an error says: "this is no batch job". */
  readonly summary: string;
  readonly expected: string;
}

/** The name: a hash of all that is said. */
export function nameOf(body: object): string {
  return sha256(new TextEncoder().encode(JSON.stringify(body))).slice(0, 32);
}

/** As the file has it. */
export function namedText(named: Named<object>): string {
  return `${JSON.stringify(named)}\n`;
}

/**
 * What a file says.
 *
 * @param place - Where it lies, for messages.
 * @throws MobileNetError `invalid-data` where it holds something else, or not what its name says.
 */
export function readNamed<Body>(
  bytes: Uint8Array,
  place: string,
  { kinds, summary, expected }: NamedContents,
): Named<Body> {
  const bad = (received: string, cause?: unknown): MobileNetError =>
    new MobileNetError("invalid-data", summary, { node: place, expected, received, cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
    checkFields(parsed, kinds, "the file");
  } catch (error) {
    throw bad(error instanceof Error ? error.message : quote(error), error);
  }
  const { id, ...body } = isRecord(parsed) ? parsed : {};
  if (id !== nameOf(body)) throw bad(`the name ${quote(id)} over other contents`);
  return parsed as Named<Body>;
}
