/**
 * Relaxed dot products on any engine with SIMD: a module in which each of them is a call of a function
 * that gives what the instruction gives where it takes unsigned bytes whole. There (VPDPBUSD of AVX-VNNI)
 * four products of a signed and an unsigned byte, none of which needs more than 16 bits, are added to a
 * sum of 32 bits, which wraps around; nothing saturates. So the modules that are shipped can be tested,
 * but for that one instruction, where the processor or the engine lacks it.
 */

/** `i32x4.relaxed_dot_i8x16_i7x16_add_s`. */
export const relaxedDot: readonly number[] = [0xfd, 0x93, 0x02];

/** Numbers of a module's sections. */
const [type, imports, functions, code] = [1, 2, 3, 10];

/** Three vectors to one. */
const signature = [0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b];

/**
 * Of weights, pixels and sums (locals 0, 1 and 2): products of the lower and of the upper 8 bytes, in
 * pairs (locals 3 and 4), then the even pairs and the odd ones are added to the sums.
 */
const body = [
  // Two more locals, both vectors.
  ...[1, 2, 0x7b],
  // The sums.
  ...[0x20, 2],
  // i16x8.extend_low_i8x16_s of the weights, i16x8.extend_low_i8x16_u of the pixels.
  ...[0x20, 0, 0xfd, 0x87, 0x01, 0x20, 1, 0xfd, 0x89, 0x01],
  // i32x4.dot_i16x8_s, kept as local 3.
  ...[0xfd, 0xba, 0x01, 0x22, 3],
  // The same of the upper bytes, kept as local 4.
  ...[0x20, 0, 0xfd, 0x88, 0x01, 0x20, 1, 0xfd, 0x8a, 0x01],
  ...[0xfd, 0xba, 0x01, 0x22, 4],
  // i8x16.shuffle to words 0, 2, 4 and 6; i32x4.add.
  ...[0xfd, 0x0d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
  ...[0xfd, 0xae, 0x01],
  // i8x16.shuffle to words 1, 3, 5 and 7; i32x4.add; end.
  ...[0x20, 3, 0x20, 4],
  ...[0xfd, 0x0d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31],
  ...[0xfd, 0xae, 0x01, 0x0b],
];

/** A module whose relaxed dot products are calls of a function that is added behind its others. */
export function exactDots(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(wasm);
  const callee = calleeOf(wasm);
  return Uint8Array.from([
    ...wasm.subarray(0, 8),
    ...sections.flatMap(({ id, content }) => {
      const changed =
        id === type
          ? append(content, signature)
          : id === functions
            ? append(content, unsigned(read(contentOf(sections, type), 0).value))
            : id === code
              ? append(replaceDots(content, callee), [...unsigned(body.length), ...body])
              : content;
      return [id, ...unsigned(changed.length), ...changed];
    }),
  ]);
}

/** The number of the function that is added: the imported ones come first, then the module's own. */
export function calleeOf(wasm: Uint8Array): number {
  const sections = sectionsOf(wasm);
  return (
    importedFunctions(contentOf(sections, imports)) + read(contentOf(sections, functions), 0).value
  );
}

/** The call of a function, in as many bytes as the instruction has. */
export function callOf(callee: number): readonly number[] {
  return [0x10, (callee & 0x7f) | 0x80, callee >> 7];
}

function replaceDots(content: Uint8Array, callee: number): Uint8Array {
  const changed = content.slice();
  for (const at of placesOf(relaxedDot, content)) changed.set(callOf(callee), at);
  return changed;
}

/** Where a few bytes stand among many. */
export function placesOf(few: readonly number[], among: Uint8Array): readonly number[] {
  return [...among.keys()].filter((at) => few.every((byte, i) => among[at + i] === byte));
}

interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

function sectionsOf(wasm: Uint8Array): readonly Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length; ) {
    const { value, end } = read(wasm, at + 1);
    sections.push({ id: wasm[at] as number, content: wasm.subarray(end, end + value) });
    at = end + value;
  }
  return sections;
}

/** A section's content; that of one which is not there counts nothing. */
function contentOf(sections: readonly Section[], wanted: number): Uint8Array {
  return sections.find(({ id }) => id === wanted)?.content ?? Uint8Array.of(0);
}

/** A section's content, which starts with a count, and one thing more. */
function append(content: Uint8Array, thing: readonly number[]): Uint8Array {
  const { value, end } = read(content, 0);
  return Uint8Array.from([...unsigned(value + 1), ...content.subarray(end), ...thing]);
}

/** How many of the imports are functions; the others are memories. */
function importedFunctions(content: Uint8Array): number {
  let count = 0;
  let { value: left, end: at } = read(content, 0);
  for (; left > 0; left--) {
    // The names of its module and of itself, each behind its length.
    for (let name = 0; name < 2; name++) {
      const { value, end } = read(content, at);
      at = end + value;
    }
    const isFunction = content[at++] === 0;
    if (isFunction) count++;
    // A function's type; a memory's flags, the least size and, where the lowest flag is set, the greatest.
    const numbers = isFunction ? 1 : (content[at] as number) & 1 ? 3 : 2;
    for (let i = 0; i < numbers; i++) at = read(content, at).end;
  }
  return count;
}

/** An unsigned number of 7 bits a byte, and where it ends. */
function read(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let [value, end] = [0, from];
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end };
  }
}

/** The same way back. */
function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
