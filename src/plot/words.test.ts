/** Where words come to stand, read off the markup. */
import { expect, it } from "vitest";
import { drawWords } from "./words.ts";

const area = { x: 0, y: 0, width: 300, height: 200 };

/** Left, right and baseline of each word, with letters as wide as they are taken to be. */
function boxes(svg: string) {
  return [...svg.matchAll(/<text class="tick ?(\w*)" x="([-\d.]+)" y="([-\d.]+)">([^<]*)</g)].map(
    ([, anchor, x, y, text = ""]) => {
      const width = 6.2 * text.length;
      const left = +x! - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
      return { left, right: left + width, y: +y! };
    },
  );
}

it("a word stands beside its mark, and a line through that place moves it off the line", () => {
  const words = [{ text: "t = 1", at: [100, 100] as const }];
  const [free] = boxes(drawWords(words, { marks: [[100, 100]], lines: [] }, area));
  expect(free).toMatchObject({ left: 107, y: 104 });
  const line = [
    [20, 100],
    [280, 100],
  ] as const;
  const [moved] = boxes(drawWords(words, { marks: [[100, 100]], lines: [line] }, area));
  // Letters reach from 9 above the baseline to 2 below it.
  expect(moved!.y + 2 < 100 || moved!.y - 9 > 100).toBe(true);
});

it("words of crowded marks cover no other, and those further away are tied to their marks", () => {
  const marks = Array.from({ length: 6 }, (_, i) => [150, 80 + 5 * i] as const);
  const svg = drawWords(
    marks.map((at, i) => ({ text: `net ${i}`, at })),
    { marks, lines: [] },
    area,
  );
  const all = boxes(svg);
  expect(all).toHaveLength(6);
  const covering = all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && Math.abs(a.y - b.y) < 11),
  );
  expect(covering).toEqual([]);
  expect(svg).toMatch(/<line class="ideal"/);
});

it("no word leaves the plot where there is room in it", () => {
  const [word] = boxes(
    drawWords([{ text: "a long name", at: [295, 5] }], { marks: [[295, 5]], lines: [] }, area),
  );
  expect(word!.right).toBeLessThanOrEqual(300);
  expect(word!.y - 9).toBeGreaterThanOrEqual(0);
});

it("a word for which there is no free place stays in the plot and covers as little as it can", () => {
  const marks = Array.from(
    { length: 400 },
    (_, i) => [147 + 8 * (i % 20), 40 + 8 * Math.floor(i / 20)] as const,
  );
  const svg = drawWords([{ text: "crowded", at: [291, 104] }], { marks, lines: [] }, area);
  const [word] = boxes(svg);
  expect(word!.right).toBeLessThanOrEqual(300);
  expect(word!.left).toBeGreaterThan(0);
});
