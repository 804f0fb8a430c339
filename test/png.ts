/** PNG files of black pixels in every kind of the format, written row by row so that large ones are quick. */
import { once } from "node:events";
import { createDeflate } from "node:zlib";
import { pngChunk } from "../src/image/png-node.ts";

/** A file's header. */
export interface PngShape {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 8 | 16;
  /** 0: grey, 2: RGB, 4: grey and alpha, 6: RGB and alpha. */
  readonly colorType: 0 | 2 | 4 | 6;
  readonly interlaced?: boolean;
}

const channels = { 0: 1, 2: 3, 4: 2, 6: 4 } as const;

/** Where each pass begins, and its steps (PNG specification, section 8). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** A whole file. */
export async function writePng(shape: PngShape): Promise<Uint8Array> {
  const { width, height, bitDepth, colorType, interlaced = false } = shape;
  const compress = createDeflate({ level: 9 });
  const parts: Buffer[] = [];
  compress.on("data", (part: Buffer) => parts.push(part));
  const zeros = Buffer.alloc(1 << 20);
  for (const [x, y, across, down] of interlaced ? adam7 : [[0, 0, 1, 1] as const]) {
    const columns = Math.max(0, Math.ceil((width - x) / across));
    const rows = Math.max(0, Math.ceil((height - y) / down));
    const stride = Math.ceil((columns * channels[colorType] * bitDepth) / 8) + 1;
    for (let left = columns > 0 ? stride * rows : 0; left > 0; left -= zeros.length) {
      if (!compress.write(zeros.subarray(0, left))) await once(compress, "drain");
    }
  }
  compress.end();
  await once(compress, "end");
  return pngOf(shape, Buffer.concat(parts));
}

/** A file with a header and any data. */
export function pngOf(shape: PngShape, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(shape.width, 0);
  header.writeUInt32BE(shape.height, 4);
  header.set([shape.bitDepth, shape.colorType, 0, 0, shape.interlaced ? 1 : 0], 8);
  const file = Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    pngChunk("IDAT", data),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
  return new Uint8Array(file);
}
