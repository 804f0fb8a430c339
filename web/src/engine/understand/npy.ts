/** NumPy's own file format, version 1.0: a header in ASCII, then the values. */
import type { NodeValues } from "mobilenetv2";

/** `\x93NUMPY`, the version, and the header's length in two bytes; the values begin at a multiple of 64. */
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const alignment = 64;

/** Values as float32 of their shape, in C order. */
export function npyFile({ shape, data }: Pick<NodeValues, "shape" | "data">): Blob {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const before = magic.length + 2;
  const whole = Math.ceil((before + text.length + 1) / alignment) * alignment;
  const header = new TextEncoder().encode(`${text.padEnd(whole - before - 1)}\n`);
  const values = new DataView(new ArrayBuffer(data.length * 4));
  for (const [i, value] of data.entries()) values.setFloat32(i * 4, value, true);
  return new Blob([
    Uint8Array.of(...magic, header.length & 255, header.length >> 8),
    ...[header, values],
  ]);
}
