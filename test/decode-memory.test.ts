/**
 * What decoding holds beside what was estimated from the header: the peak of a process of its own, which
 * has decoded a small picture before.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PngShape, writePng } from "./png.ts";
import { writePlanarTiff } from "./tiff.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const long = process.env["LONG"] !== undefined;
/** 24 megapixels, or six. */
const [width, height] = long ? [6000, 4000] : [3000, 2000];

const plain = (channels: 3 | 4 = 3, edges = { width, height }): Sharp =>
  sharp({ create: { ...edges, channels, background: { r: 90, g: 40, b: 200, alpha: 0.5 } } });
const png = (shape: Omit<PngShape, "width" | "height">) => ({
  toBuffer: () => writePng({ width, height, ...shape }),
});
const planarTiff = (sampleBytes: 1 | 2) => ({
  toBuffer: async () => writePlanarTiff({ width, height, sampleBytes }),
});
const turned = (picture: Sharp): Sharp => picture.withMetadata({ orientation: 6 });
const tiles = (edge: number) => ({ tile: true, tileWidth: edge, tileHeight: edge });
const whole = "4:4:4";

interface Encoded {
  toBuffer(): Promise<Uint8Array>;
}

const usual: readonly (readonly [string, () => Encoded])[] = [
  ["a progressive JPEG", () => plain().jpeg({ progressive: true, chromaSubsampling: whole })],
  ["an interlaced PNG", () => png({ bitDepth: 8, colorType: 6, interlaced: true })],
];

const others: typeof usual = [
  ["a JPEG", () => plain().jpeg()],
  ["a turned JPEG", () => turned(plain()).jpeg()],
  ["a progressive JPEG of halved colours", () => plain().jpeg({ progressive: true })],
  ["a CMYK JPEG", () => plain().toColourspace("cmyk").jpeg()],
  ["a progressive CMYK JPEG", () => plain().toColourspace("cmyk").jpeg({ progressive: true })],
  ...([0, 2, 4, 6] as const).flatMap((colorType) =>
    ([8, 16] as const).flatMap((bitDepth) =>
      [false, true].map(
        (interlaced) =>
          [
            `a PNG of type ${colorType}, ${bitDepth} bits${interlaced ? ", interlaced" : ""}`,
            () => png({ colorType, bitDepth, interlaced }),
          ] as const,
      ),
    ),
  ),
  ["a PNG of bits", () => png({ colorType: 0, bitDepth: 1 })],
  ["a turned PNG", () => turned(plain(4)).png()],
  [
    "a PNG of the longest lines",
    () => plain(3, { width: 65_535, height: 400 }).png({ compressionLevel: 1 }),
  ],
  ["a lossy WebP", () => plain().webp({ effort: 0 })],
  ["a lossy WebP with alpha", () => plain(4).webp({ effort: 0 })],
  ["a turned WebP", () => turned(plain(4)).webp({ effort: 0 })],
  ["a lossless WebP", () => plain().webp({ lossless: true, effort: 0 })],
  ["a GIF", () => plain().gif({ effort: 1 })],
  ["a TIFF in strips", () => plain().tiff({ compression: "lzw" })],
  ["a turned TIFF", () => turned(plain(4)).tiff({ compression: "lzw" })],
  ["a TIFF of 16 bits", () => plain().toColourspace("rgb16").tiff({ compression: "lzw" })],
  ["a TIFF of a strip for each colour", () => planarTiff(1)],
  ["a TIFF of a strip of 16 bits for each colour", () => planarTiff(2)],
  ["a TIFF in tiles", () => plain().tiff({ compression: "deflate", ...tiles(256) })],
  ["a TIFF in large tiles", () => plain().tiff({ compression: "deflate", ...tiles(2048) })],
  ["an AVIF", () => plain().avif({ effort: 0 })],
  ["an AVIF with alpha", () => plain(4).avif({ effort: 0 })],
  ["an AVIF of 12 bits", () => plain().toColourspace("rgb16").avif({ effort: 0, bitdepth: 12 })],
];

/** Prints the estimate and the peak, in bytes. */
const program = `
import { readFileSync, writeFileSync } from "node:fs";
import { decodeImage } from "./src/image/decode-node.ts";
const [, , small, file, copy] = process.argv;
const options = copy ? { least: () => ({ width: 448, height: 448 }) } : {};
const status = (name) =>
  1024 * Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "latin1"))[1]);
await decodeImage(readFileSync(small), options);
const bytes = readFileSync(file);
const refusal = await decodeImage(bytes, { ...options, maxDecodeBytes: 1 }).catch((error) => error);
writeFileSync("/proc/self/clear_refs", "5");
const before = status("VmRSS");
await decodeImage(bytes, { ...options, maxDecodeBytes: 1e12 });
const estimate = Number(/about (\\d+)/.exec(refusal.received)[1]);
console.log(JSON.stringify({ estimate, held: status("VmHWM") - before }));
`;

let folder: string;
let script: string;
beforeAll(async () => {
  // Beside the packages, so that it finds them.
  folder = await mkdtemp(join(root, "node_modules/.cache-decode-"));
  script = join(folder, "decode.mjs");
  await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile: script,
  });
  await writeFile(
    join(dirname(script), "small"),
    await plain(3, { width: 64, height: 64 }).jpeg().toBuffer(),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function measure(file: Encoded, copy = ""): Promise<{ estimate: number; held: number }> {
  const path = join(folder, "picture");
  await writeFile(path, await file.toBuffer());
  const args = [script, join(folder, "small"), path, copy];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { estimate: number; held: number };
}

/** What a decoder takes beside what grows with the picture. */
const fixed = 24e6;

// Peaks are read off Linux's files about processes.
const kinds = existsSync("/proc/self/clear_refs") ? [...usual, ...(long ? others : [])] : [];

test.each(kinds)(
  "decoding %s holds no more than is estimated",
  { timeout: 180_000 },
  async (_, make) => {
    const { estimate, held } = await measure(make());
    expect(held).toBeLessThanOrEqual(estimate + fixed);
    // And the estimate is one: no more than twice what it takes.
    expect(estimate).toBeLessThanOrEqual(2 * held + fixed);
  },
);

test.each(kinds.filter(([name]) => /JPEG|WebP/.test(name)))(
  "so does %s as a copy",
  { timeout: 180_000 },
  async (_, make) => {
    const { estimate, held } = await measure(make(), "copy");
    expect(held).toBeLessThanOrEqual(estimate + fixed);
  },
);
