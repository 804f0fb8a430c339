/** Average precision against COCO's own tools, on pictures whose figures are stored in test/golden. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCocoAnnotations } from "../../src/data/coco-annotations.ts";
import { averagePrecision, type DetectionScores } from "../../src/evaluate/average-precision.ts";

interface Scene {
  readonly dataset: unknown;
  readonly detections: readonly {
    readonly image_id: number;
    readonly category_id: number;
    readonly bbox: readonly [number, number, number, number];
    readonly score: number;
  }[];
  readonly figures: Readonly<Record<string, number>>;
}

const stored = new URL("../golden/average-precision.json", import.meta.url);
const [grid, free] = JSON.parse(readFileSync(stored, "utf8")) as readonly [Scene, Scene];

/** Our figures; a category's id is its class. */
function judge({ dataset, detections }: Scene): DetectionScores {
  const { images, categories } = parseCocoAnnotations(JSON.stringify(dataset), "scene");
  const judged = images.map(({ id, objects }) => ({
    objects: objects.map(({ category, ...object }) => ({ classIndex: category, ...object })),
    detections: detections
      .filter(({ image_id }) => image_id === id)
      .map(({ category_id, score, bbox: [x, y, width, height] }) => ({
        classIndex: category_id,
        score,
        box: { x, y, width, height },
      })),
  }));
  return averagePrecision(judged, { labels: [], classes: [...categories.keys()] });
}

describe("average precision", () => {
  it.each([
    ["where scores and overlaps are often equal", grid],
    ["where nothing is equal", free],
  ])("is that of COCO's tools %s", (_, scene) => {
    const scores: Record<string, unknown> = { ...judge(scene) };
    expect(Object.keys(scene.figures)).toHaveLength(7);
    for (const [name, figure] of Object.entries(scene.figures)) {
      expect(figure).toBeGreaterThan(0);
      // Sums of a few thousand doubles of up to 1, in another order.
      expect(scores[name], name).toBeCloseTo(figure, 12);
    }
  });
});
