/**
 * Whether the data of a sequential JPEG scan suffice for all of its blocks: the Huffman codes are read
 * and the coefficients passed over (ITU T.81, annex F). Decoders fill up with grey what is missing, and
 * not all say so for a picture's last lines.
 */

/** A frame's component, in the order of the frame. */
export interface JpegComponent {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
}

/** A scan of all components, and what was said before it. */
export interface SequentialScan {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** By class and place (`0x00` … for DC, `0x10` … for AC): the bytes of a table in its segment. */
  readonly tables: ReadonlyMap<number, Uint8Array>;
  /** Units between two restarts; none at 0. */
  readonly restartInterval: number;
  /** From the header's marker on. */
  readonly header: Uint8Array;
  readonly data: Uint8Array;
}

/** Codes of up to 16 bits: of each length the first code, how many there are, and where their values are. */
interface HuffmanTable {
  readonly first: Int32Array;
  readonly counts: Uint8Array;
  readonly offsets: Int32Array;
  readonly values: Uint8Array;
}

class ScanEnd extends Error {}

/** Whether every block of the scan is there. */
export function isWholeScan(scan: SequentialScan): boolean {
  const { components, width, height } = scan;
  const most = (edge: "horizontal" | "vertical"): number =>
    Math.max(...components.map((component) => component[edge]));
  // A scan of one component has one block a unit, whatever its sampling.
  const single = components.length === 1;
  const across = Math.ceil(width / (8 * (single ? 1 : most("horizontal"))));
  const down = Math.ceil(height / (8 * (single ? 1 : most("vertical"))));
  const blocks = components.flatMap(({ id, horizontal, vertical }) => {
    const tables = tablesOf(scan, id);
    return new Array(single ? 1 : horizontal * vertical).fill(tables);
  });
  if (blocks.some((tables) => tables === undefined) || height === 0) return false;
  const bits = new Bits(scan.data);
  try {
    for (let unit = 0, units = across * down; unit < units; unit++) {
      if (scan.restartInterval > 0 && unit > 0 && unit % scan.restartInterval === 0) bits.restart();
      for (const [dc, ac] of blocks as (readonly [HuffmanTable, HuffmanTable])[]) {
        passBlock(bits, dc, ac);
      }
    }
    return true;
  } catch (error) {
    if (error instanceof ScanEnd) return false;
    throw error;
  }
}

/** The two tables that the scan's header names for a component. */
function tablesOf(
  { header, tables }: SequentialScan,
  id: number,
): readonly [HuffmanTable, HuffmanTable] | undefined {
  for (let at = 5; at + 1 < header.length - 3; at += 2) {
    if (header[at] !== id) continue;
    const places = header[at + 1]!;
    const dc = tables.get(places >> 4);
    const ac = tables.get(0x10 | (places & 15));
    return dc && ac && [readTable(dc), readTable(ac)];
  }
  return undefined;
}

function readTable(bytes: Uint8Array): HuffmanTable {
  const counts = bytes.subarray(0, 16);
  const first = new Int32Array(16);
  const offsets = new Int32Array(16);
  let code = 0;
  let offset = 0;
  for (let i = 0; i < 16; i++) {
    first[i] = code;
    offsets[i] = offset;
    offset += counts[i]!;
    code = (code + counts[i]!) << 1;
  }
  return { first, counts, offsets, values: bytes.subarray(16) };
}

/** A DC difference, then runs of zeros with a coefficient each, up to the last or an end of block. */
function passBlock(bits: Bits, dc: HuffmanTable, ac: HuffmanTable): void {
  bits.pass(bits.code(dc) & 15);
  for (let at = 1; at < 64; at++) {
    const code = bits.code(ac);
    const [run, size] = [code >> 4, code & 15];
    if (size === 0 && run !== 15) return;
    at += run;
    bits.pass(size);
  }
}

/** A scan's bits, first bit highest; `ff 00` is a byte `ff`. */
class Bits {
  readonly #data: Uint8Array;
  #at = 0;
  #byte = 0;
  #left = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** The value of the next code. */
  code({ first, counts, offsets, values }: HuffmanTable): number {
    let code = 0;
    for (let i = 0; i < 16; i++) {
      code = (code << 1) | this.#bit();
      const index = code - first[i]!;
      if (index < counts[i]!) return values[offsets[i]! + index] ?? 0;
    }
    throw new ScanEnd();
  }

  pass(count: number): void {
    for (let i = 0; i < count; i++) this.#bit();
  }

  /** Passes over what fills the last byte, and the marker. */
  restart(): void {
    this.#left = 0;
    while (this.#data[this.#at] === 0xff && this.#data[this.#at + 1] === 0xff) this.#at++;
    const marker = this.#data[this.#at + 1] ?? 0;
    if (this.#data[this.#at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new ScanEnd();
    this.#at += 2;
  }

  #bit(): number {
    if (this.#left === 0) {
      const byte = this.#data[this.#at];
      if (byte === undefined) throw new ScanEnd();
      if (byte === 0xff && this.#data[this.#at + 1] !== 0) throw new ScanEnd();
      this.#at += byte === 0xff ? 2 : 1;
      this.#byte = byte;
      this.#left = 8;
    }
    this.#left--;
    return (this.#byte >> this.#left) & 1;
  }
}
