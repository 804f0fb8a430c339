/** Writes a FlexBuffer that is one map of names to numbers: the reader's counterpart (flexbuffer.ts). */

/** The bytes; whole numbers and truths are integers, others floats. Every word has 4 bytes. */
export function writeFlexMap(fields: Readonly<Record<string, number | boolean>>): Uint8Array {
  // Readers look names up by bisection, so that they are sorted.
  const names = Object.keys(fields).sort();
  const bytes: number[] = [];
  const word = (value: number): void => {
    for (let byte = 0; byte < 4; byte++) bytes.push((value >>> (8 * byte)) & 255);
  };
  const places = names.map((name) => {
    const place = bytes.length;
    bytes.push(...new TextEncoder().encode(name), 0);
    return place;
  });
  while (bytes.length % 4 !== 0) bytes.push(0);
  word(names.length);
  const keys = bytes.length;
  for (const place of places) word(bytes.length - place);
  word(bytes.length - keys);
  word(4);
  word(names.length);
  const root = bytes.length;
  const types = names.map((name) => {
    const value = fields[name]!;
    if (typeof value === "boolean" || Number.isInteger(value)) {
      word(Number(value));
      return typeof value === "boolean" ? 26 : 1;
    }
    word(new Uint32Array(Float32Array.of(value).buffer)[0]!);
    return 3;
  });
  for (const type of types) bytes.push((type << 2) | 2);
  bytes.push(bytes.length - root, (9 << 2) | 2, 1);
  return Uint8Array.from(bytes);
}
