/**
 * The wire format of protocol buffers, writing only. A message is its fields one after another, each a
 * number that names the field and its kind, and then the value; calls nest as the schema's messages do.
 */

/** Encoded fields. */
export type Encoded = Uint8Array;

/** An integer or enumeration, not negative. */
export function integerField(field: number, value: number): Encoded {
  return joinFields([varint(field * 8), varint(value)]);
}

/** A single-precision number. */
export function floatField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinFields([varint(field * 8 + 5), bytes]);
}

/** Bytes as they are. */
export function bytesField(field: number, data: Uint8Array): Encoded {
  return joinFields([varint(field * 8 + 2), varint(data.length), data]);
}

/** A text, as UTF-8. */
export function textField(field: number, value: string): Encoded {
  return bytesField(field, new TextEncoder().encode(value));
}

/** A message within a message. */
export function messageField(field: number, parts: readonly Encoded[]): Encoded {
  return bytesField(field, joinFields(parts));
}

/** Fields one after another. */
export function joinFields(parts: readonly Encoded[]): Encoded {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Seven bits a byte, the lowest first; the eighth says that another follows. */
function varint(value: number): Encoded {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Uint8Array.from([...digits, rest]);
}
