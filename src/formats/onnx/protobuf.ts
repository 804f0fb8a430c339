/**
 * The wire format of protocol buffers, writing only. A message is its fields one after another, each a
 * number that names the field and its kind, and then the value; calls nest as the schema's messages do.
 */
import { joinBytes } from "../../join-bytes.ts";

/** Encoded fields. */
export type Encoded = Uint8Array;

/** An integer or enumeration, not negative. */
export function integerField(field: number, value: number): Encoded {
  return joinBytes([varint(field * 8), varint(value)]);
}

/** A single-precision number. */
export function floatField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([varint(field * 8 + 5), bytes]);
}

/** Bytes as they are. */
export function bytesField(field: number, data: Uint8Array): Encoded {
  return joinBytes([varint(field * 8 + 2), varint(data.length), data]);
}

/** A text, as UTF-8. */
export function textField(field: number, value: string): Encoded {
  return bytesField(field, new TextEncoder().encode(value));
}

/** A message within a message. */
export function messageField(field: number, parts: readonly Encoded[]): Encoded {
  return bytesField(field, joinBytes(parts));
}

/** Seven bits a byte, the lowest first; the eighth says that another follows. */
function varint(value: number): Encoded {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Uint8Array.from([...digits, rest]);
}
