/**
 * Whether this engine may run 8-bit kernels that store bytes. A relaxed dot product may read its second
 * operand as signed or unsigned bytes, and may saturate in between, as the processor has it; so it is
 * tried by value, once in a process.
 */

/**
 * A function of an address: 16 signed bytes there, 16 unsigned bytes and 4 sums after them become 4
 * sums, which it stores in place of the sums.
 */
export const probeModule: Uint8Array<ArrayBuffer> = Uint8Array.from([
  // Magic number and version; the type (i32) → nothing; one function of it; one page of memory.
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00, 0x03,
  0x02, 0x01, 0x00, 0x05, 0x03, 0x01, 0x00, 0x01,
  // Exports: m, the memory; f, the function.
  0x07, 0x09, 0x02, 0x01, 0x6d, 0x02, 0x00, 0x01, 0x66, 0x00, 0x00,
  // The body: local.get 0, then three of local.get 0 and v128.load with offsets 0, 16 and 32.
  0x0a, 0x1f, 0x01, 0x1d, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x00, 0x04, 0x00, 0x20, 0x00, 0xfd,
  0x00, 0x04, 0x10, 0x20, 0x00, 0xfd, 0x00, 0x04, 0x20,
  // i32x4.relaxed_dot_i8x16_i7x16_add_s, v128.store with offset 32, end.
  0xfd, 0x93, 0x02, 0xfd, 0x0b, 0x04, 0x20, 0x0b,
]);

let unsignedDots: boolean | undefined;

/** Whether values are stored as bytes here; tried once. */
export function storesBytes(): boolean {
  unsignedDots ??= hasUnsignedDots();
  return unsignedDots;
}

/**
 * Whether relaxed dot products take unsigned bytes whole, in every lane; or what a module like
 * `probeModule` has in their place.
 */
export function hasUnsignedDots(module: Uint8Array<ArrayBuffer> = probeModule): boolean {
  try {
    if (!WebAssembly.validate(module)) return false;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    const { m, f } = exports as { m: WebAssembly.Memory; f: (address: number) => void };
    return probes.every(({ weight, value }) => {
      const numbers = (of: (i: number) => number): number[] =>
        Array.from({ length: 16 }, (_, i) => of(i));
      const [weights, values] = [numbers(weight), numbers(value)];
      new Int8Array(m.buffer, 0, 16).set(weights);
      new Uint8Array(m.buffer, 16, 16).set(values);
      const sums = new Int32Array(m.buffer, 32, 4).fill(-7);
      f(0);
      return sums.every((sum, lane) => {
        const products = [0, 1, 2, 3].map((i) => weights[lane * 4 + i]! * values[lane * 4 + i]!);
        return sum === products.reduce((a, b) => a + b, -7);
      });
    });
  } catch {
    return false;
  }
}

/** Operands by lane: the largest products of either sign, one alone in each lane, and a mixture. */
const probes: readonly {
  readonly weight: (i: number) => number;
  readonly value: (i: number) => number;
}[] = [
  { weight: () => 127, value: () => 255 },
  { weight: () => -128, value: () => 255 },
  { weight: (i) => (i % 2 ? -128 : 127), value: () => 255 },
  ...Array.from({ length: 16 }, (_, at) => ({
    weight: () => -128,
    value: (i: number) => (i === at ? 255 : 0),
  })),
  { weight: (i) => i * 17 - 128, value: (i) => 255 - i * 15 },
];
