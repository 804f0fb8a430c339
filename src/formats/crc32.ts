/** CRC-32, the checksum of zip files and of checkpoints: whatever changes within four bytes changes it. */

let knownTable: Int32Array | undefined;

function crcTable(): Int32Array {
  knownTable ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    return crc;
  });
  return knownTable;
}

/** The checksum of some bytes, by the table of its bytes. */
export function crc32(bytes: Uint8Array): number {
  const table = crcTable();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}
