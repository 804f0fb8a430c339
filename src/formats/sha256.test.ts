import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256 } from "./sha256.ts";

it("is what Node's own is, for every length around its blocks and at any offset", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) % 256);
  for (let length = 0; length < 260; length++) {
    const part = bytes.subarray(3, 3 + length);
    expect(sha256(part)).toBe(createHash("sha256").update(part).digest("hex"));
  }
});
