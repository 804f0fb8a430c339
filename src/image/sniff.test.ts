import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultLimits } from "./limits.ts";
import { checkHeader, describeBytes, sniffImage } from "./sniff.ts";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const pngHeader = (width: number, height: number): Uint8Array => {
  const bytes = latin(`\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR${"\0".repeat(13)}`);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
};

describe("sniffImage", () => {
  test.each<[string, Uint8Array, unknown]>([
    ["PNG", pngHeader(300, 2), { format: "png", size: { width: 300, height: 2 } }],
    [
      "GIF",
      latin("GIF89a\x2c\x01\x02\0\0\0\0"),
      { format: "gif", size: { width: 300, height: 2 } },
    ],
    [
      "JPEG, past an application segment and a fill byte",
      latin(
        "\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x02\x01\x2c\x03\x01\x11\0\x02\x11\x01",
      ),
      { format: "jpeg", size: { width: 300, height: 2 } },
    ],
    [
      "lossy WebP",
      latin("RIFF\x20\0\0\0WEBPVP8 \x14\0\0\0\0\0\0\x9d\x01\x2a\x2c\x01\x02\0"),
      { format: "webp", size: { width: 300, height: 2 } },
    ],
    [
      "lossless WebP",
      latin(`RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f\x2b\x41\0\0${"\0".repeat(8)}`),
      { format: "webp", size: { width: 300, height: 2 } },
    ],
    [
      "extended WebP",
      latin("RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\x01\0\0"),
      { format: "webp", size: { width: 300, height: 2 } },
    ],
    ["AVIF", latin("\0\0\0\x1cftypavif\0\0\0\0"), { format: "avif", size: undefined }],
    ["TIFF", latin("MM\0*\0\0\0\x08"), { format: "tiff", size: undefined }],
    ["a JPEG that stops early", latin("\xff\xd8\xff"), { format: "jpeg", size: undefined }],
  ])("%s", (_name, bytes, expected) => {
    expect(sniffImage(bytes)).toEqual(expected);
  });

  test("never fails, whatever follows a format's first bytes", () => {
    const magic = fc.constantFrom("\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF89a", "BM", "II*\0", "");
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        const bytes = Uint8Array.of(...latin(start), ...rest);
        sniffImage(bytes);
        expect(describeBytes(bytes)).not.toBe("");
      }),
    );
  });
});

describe("checkHeader", () => {
  test("refuses a header of 60,000 x 60,000 pixels by default, and takes 10,000 x 10,000", () => {
    expect(() => checkHeader(pngHeader(60_000, 60_000), defaultLimits)).toThrow(
      expect.objectContaining({ code: "invalid-image", received: "60000 x 60000" }),
    );
    expect(checkHeader(pngHeader(10_000, 10_000), defaultLimits).format).toBe("png");
  });

  test("tells an empty file's reader to fetch it again, not to convert it", () => {
    expect(() => checkHeader(new Uint8Array(), defaultLimits)).toThrow(
      expect.objectContaining({ remedy: "Fetch or save it again." }),
    );
  });

  test.each([
    ["", "an empty file"],
    ["hello, this is text", 'text that begins "hello, this is text"'],
    ["%PDF-1.7", "a PDF document"],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG or other XML"],
    ['<?xml version="1.0"?><svg/>', "SVG or other XML"],
    ["<!DOCTYPE html><html>", "an HTML page"],
    ["PK\x03\x04\x14\0", "a ZIP archive"],
    ["\0\x01\x02\x03\x04\x05\x06\x07\x08", "9 bytes that begin 00 01 02 03 04 05 06 07"],
  ])("%j is refused as %s", (text, looks) => {
    expect(() => checkHeader(latin(text), defaultLimits)).toThrow(
      expect.objectContaining({ code: "invalid-image", received: looks }),
    );
  });
});
