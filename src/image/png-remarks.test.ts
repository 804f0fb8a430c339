import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { decodeImage } from "./decode-node.ts";
import { pngChunk } from "./png-node.ts";
import { withoutRemarks } from "./png-remarks.ts";

const plain = new Uint8Array(
  await sharp({ create: { width: 5, height: 3, channels: 3, background: "teal" } })
    .png()
    .toBuffer(),
);
/** Where the header's chunk ends. */
const head = 33;

const withChunks = (...chunks: readonly Buffer[]): Uint8Array =>
  new Uint8Array(Buffer.concat([plain.subarray(0, head), ...chunks, plain.subarray(head)]));

const packed = deflateSync(Buffer.alloc(1e6, "a"));
const remarks = [
  pngChunk("tEXt", Buffer.from("a\0b")),
  pngChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), packed])),
  pngChunk("iTXt", Buffer.concat([Buffer.from("a\0\x01\0\0\0"), packed])),
  pngChunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), packed])),
];
const gamma = pngChunk("gAMA", Uint8Array.of(0, 0, 0xb1, 0x8f));

test("texts and profiles before the pixels go, and nothing else", () => {
  expect(withoutRemarks(withChunks(...remarks))).toEqual(plain);
  const [text, ...others] = remarks as [Buffer, ...Buffer[]];
  expect(withoutRemarks(withChunks(text, gamma, ...others))).toEqual(withChunks(gamma));
});

test("a file without any is not copied", () => {
  for (const file of [plain, withChunks(gamma), plain.subarray(0, 20), plain.subarray(0, 8)]) {
    expect(withoutRemarks(file)).toBe(file);
  }
  const cut = withChunks(...remarks).subarray(0, head + 12);
  expect(withoutRemarks(cut)).toBe(cut);
});

test("decoding does not unpack them", async () => {
  // Two gigabytes of text, which would take seconds.
  const many = withChunks(...new Array(2000).fill(remarks[1]));
  expect(await decodeImage(many)).toEqual(await decodeImage(plain));
});
