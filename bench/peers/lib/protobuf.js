/**
 * The wire format of protocol buffers, writing only: a message is the concatenation of its fields,
 * so that nested calls mirror the schema.
 */

/** A base-128 integer, not negative. */
function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** An integer or enum field. */
export function integer(field, value) {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A bytes field. */
export function bytes(field, data) {
  return Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
}

/** A string field. */
export function string(field, text) {
  return bytes(field, Buffer.from(text));
}

/** A field that is a message. */
export function message(field, ...parts) {
  return bytes(field, Buffer.concat(parts));
}
