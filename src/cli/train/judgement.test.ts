/** What is done with a finished model: how often it is asked, and for which pictures. */
import { beforeEach, expect, test, vi } from "vitest";
import type { DataSet, Pictures } from "../../data/pictures.ts";
import type { MaskLabel, TrueObject } from "../../data/samples.ts";
import { judgeDetector } from "./detect-judgement.ts";
import { judgeSegmenter } from "./segment-judgement.ts";

const size = { width: 32, height: 24 };
const box = { x: 4, y: 4, width: 10, height: 10 };
/** How often a model was asked. */
let asked = 0;

vi.mock("../../tasks/node.ts", () => ({
  loadDetector: async () => ({
    ...{ name: "toy", labels: ["cat"], kind: "anchors", scoreThreshold: 0.5, dispose() {} },
    // Right, but for the pictures whose first byte is odd.
    detect: async ({ data }: { readonly data: Uint8Array }) => {
      asked++;
      const at = data[0]! % 2 === 0 ? box : { ...box, x: 20 };
      return { detections: [{ label: "cat", index: 0, score: 0.9, box: at }] };
    },
  }),
  loadSegmenter: async () => ({
    ...{ name: "toy", labels: ["sky", "cat"], dispose() {} },
    segment: async ({ data }: { readonly data: Uint8Array }) => {
      asked++;
      return { ...size, classMap: new Uint8Array(32 * 24).fill(data[0]! % 2) };
    },
  }),
}));

beforeEach(() => {
  asked = 0;
});

function picturesOf<Label>(count: number, label: Label): Pictures<Label> {
  return {
    ...{ count, name: (index) => `${index}`, label: () => label },
    picture: async (index) => ({ ...size, data: new Uint8Array(32 * 24 * 3).fill(index) }),
  };
}

function runOf<Label>(label: Label, test: number | undefined) {
  const files = new Map<string, string | Uint8Array>();
  const set: DataSet<Label> = {
    ...{ name: "toy", classes: ["cat"] },
    ...{ training: picturesOf(3, label), validation: picturesOf(9, label) },
    ...(test !== undefined && { test: picturesOf(test, label) }),
  };
  const save = async (name: string, content: string | Uint8Array) => void files.set(name, content);
  const { signal } = new AbortController();
  return { files, run: { ...{ folder: "toy", set, signal, save, note() {} }, labels: ["cat"] } };
}

const objects: readonly TrueObject[] = [{ classIndex: 0, box }];
const mask: MaskLabel = { readMask: () => ({ ...size, classMap: new Uint8Array(32 * 24) }) };

test.each([
  [5, 5],
  [undefined, 9],
])(
  "a detector is asked once for each picture that it is judged by, of %s kept apart",
  async (kept, all) => {
    const { files, run } = runOf(objects, kept);
    const { final, parts } = await judgeDetector(run);
    const { looked, groups, drawings } = await parts();
    expect([asked, looked, drawings.length]).toEqual([all, all, 1]);
    // Every other picture is wrong; these come first.
    const wrong = Math.floor(all / 2);
    expect(groups.map(({ wrong }) => wrong).slice(0, wrong + 1)).toEqual([
      ...new Array(wrong).fill(true),
      false,
    ]);
    expect(groups[0]?.title).toBe("1");
    expect([...files.keys()].sort()).toEqual(kept ? ["test.json", "worst.png"] : ["worst.png"]);
    expect(final?.json.test).toEqual(
      kept && { images: 5, ap50: expect.any(Number), ap: expect.any(Number) },
    );
  },
);

test.each([
  [5, 5],
  [undefined, 9],
])(
  "a segmenter is asked once for each, and again for those that are drawn, of %s kept apart",
  async (kept, all) => {
    const { files, run } = runOf(mask, kept);
    const { final, parts } = await judgeSegmenter(run);
    const drawn = Math.min(6, all);
    expect(asked).toBe(all + drawn);
    const { looked, groups } = await parts();
    expect([looked, groups[0]?.title, groups[0]?.wrong]).toEqual([all, "1", true]);
    expect(asked).toBe(all + drawn + groups.length);
    expect([...files.keys()].sort()).toEqual(kept ? ["test.json", "worst.png"] : ["worst.png"]);
    expect(final?.json.test).toEqual(
      kept && { images: 5, meanIou: expect.any(Number), pixelAccuracy: 0.6 },
    );
  },
);
