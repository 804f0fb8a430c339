/** Results painted on a browser's own canvases, beside the file that Node makes of them. */
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/image/decode-node.ts";
import { drawDetections } from "../../src/image/draw-node.ts";
import { askPage, pageFiles } from "./ask.ts";
import { useSite } from "./use-site.ts";

const pages = useSite(async () => {
  const files = await pageFiles();
  return (path) => files.get(path);
});

const [width, height] = [320, 240];
const box = { x: 40, y: 60, width: 200, height: 150 };
const detections = [{ label: "dog", index: 17, score: 0.91, box }];

describe("paintDetections in Chromium", () => {
  it.each(["element", "offscreen"] as const)("on a canvas: %s", async (canvas) => {
    const found = { width, height, detections };
    const painted = await askPage(pages, { kind: "paint", canvas, found });
    if (painted.kind !== "pixels") throw new Error(JSON.stringify(painted));
    expect([painted.width, painted.height]).toEqual([width, height]);
    const picture = { width, height, data: new Uint8Array(width * height * 3).fill(200) };
    const file = await drawDetections(picture, detections, { legend: false });
    const drawn = await decodeImage(file);
    const at = (data: ArrayLike<number>, x: number, y: number): readonly number[] =>
      [0, 1, 2].map((c) => data[(y * width + x) * 3 + c]!);
    // The frame's four sides, the plate's left end, the picture inside the box and outside of it.
    for (const [x, y] of [
      [39, 150],
      [240, 150],
      [140, 210],
      [230, 59],
      [42, 55],
      [140, 150],
      [300, 20],
    ] as const) {
      expect([x, y, ...at(painted.data, x, y)]).toEqual([x, y, ...at(drawn.data, x, y)]);
    }
    expect(at(painted.data, 39, 150)).not.toEqual([200, 200, 200]);
    // Letters are of another font there: dark ones all the same, above the box and nowhere else.
    const isInk = (x: number, y: number): boolean => at(painted.data, x, y).every((v) => v < 30);
    const ink = Array.from({ length: width * height }, (_, i) => i).filter((i) =>
      isInk(i % width, Math.floor(i / width)),
    );
    expect(ink.length).toBeGreaterThan(20);
    for (const i of ink) expect(Math.floor(i / width)).toBeLessThan(box.y);
  });
});
