/** NumPy's format for one array (NEP 1, version 1.0): a header of Python, then the values. */

/**
 * A file of a float32 matrix, row by row.
 *
 * @example
 * ```ts
 * const bytes = writeNpy([Float32Array.of(1, 2), Float32Array.of(3, 4)], 2);
 * bytes.length; // 144
 * ```
 */
export function writeNpy(rows: readonly Float32Array[], columns: number): Uint8Array<ArrayBuffer> {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${columns}), }`;
  // With the ten bytes before it and its end of line, the header ends at a multiple of 64.
  const headerBytes = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + headerBytes + 4 * rows.length * columns);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  view.setUint16(8, headerBytes, true);
  bytes.set(new TextEncoder().encode(`${header.padEnd(headerBytes - 1)}\n`), 10);
  let at = 10 + headerBytes;
  for (const row of rows) {
    for (const value of row) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
