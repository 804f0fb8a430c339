/** Plots are checked by a renderer (librsvg) and by what a reader must find in them. */
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { element, escapeText, shorten } from "../plot/svg.ts";
import { classScores, confusionMatrix, confusions } from "./confusion.ts";
import { plotBars } from "./plot-bars.ts";
import { plotConfusion } from "./plot-confusion.ts";
import { plotCurves } from "./plot-curves.ts";
import { plotReliability } from "./plot-reliability.ts";
import { reliability } from "./reliability.ts";

/** Renders, which fails where the XML is broken, and tells the picture's size. */
async function rendered(svg: string): Promise<{ width: number; height: number; ink: number }> {
  const { data, info } = await sharp(Buffer.from(svg))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    ink: data.filter((value) => value < 200).length,
  };
}

/** Every class is taken for itself and, `mistakes(i)` times, for the next one. */
function confused(classes: number, mistakes: (index: number) => number) {
  const judgements = Array.from({ length: classes }, (_, actual) => [
    { actual, predicted: actual },
    ...Array.from({ length: mistakes(actual) }, () => ({
      actual,
      predicted: (actual + 1) % classes,
    })),
  ]).flat();
  const matrix = confusionMatrix(judgements, classes);
  const labels = Array.from({ length: classes }, (_, i) => `kind ${i}`);
  return { model: "m", classes: classScores(matrix, labels), confusions: confusions(matrix) };
}

describe("a confusion map", () => {
  it("has a cell for each pair that occurs, as dark as its share of the row", async () => {
    const svg = plotConfusion(confused(3, (index) => (index === 0 ? 3 : 0)));
    const shares = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, share]) => Number(share));
    expect(shares.sort()).toEqual([0.25, 0.75, 1, 1]);
    expect(svg).toContain(">75</text>");
    expect((await rendered(svg)).ink).toBeGreaterThan(1000);
  });

  it("shows of many classes the thirty with the most mistakes", async () => {
    const svg = plotConfusion(confused(100, (index) => (index >= 50 && index < 79 ? 5 : 0)));
    const names = new Set([...svg.matchAll(/>kind (\d+)</g)].map(([, index]) => Number(index)));
    expect([...names].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 50));
    expect(svg).toContain("the 30 most confused of 100");
    await rendered(svg);
  });

  it("shows a class that was only predicted", async () => {
    const matrix = confusionMatrix([{ actual: 0, predicted: 1 }], 2);
    const svg = plotConfusion({
      model: "m",
      classes: classScores(matrix, ["a", "b"]),
      confusions: confusions(matrix),
    });
    expect(svg).not.toContain("NaN");
    await rendered(svg);
  });
});

describe("the other plots", () => {
  it("are pictures without values that are none", async () => {
    const outcomes = [0.2, 0.9, 1, 0].map((score) => ({
      score,
      correct: score > 0.5,
    }));
    const bars = [
      { label: "cat", value: 0.5 },
      { label: "dog", value: 1 },
    ];
    const precision = Array.from({ length: 101 }, (_, i) => 1 - i / 100);
    for (const svg of [
      plotReliability("m", reliability(outcomes)),
      plotBars({ title: "AP", note: "%", bars }),
      plotBars({ title: "AP", note: "%", bars: [] }),
      plotCurves("m", [{ iou: "0.50", precision }]),
      plotCurves("m", []),
    ]) {
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect((await rendered(svg)).width).toBeGreaterThan(300);
    }
  });

  it("have the best class on top", () => {
    const bars = [
      { label: "cat", value: 0.5 },
      { label: "dog", value: 1 },
    ];
    const svg = plotBars({ title: "AP", note: "%", bars });
    expect(svg.indexOf("dog")).toBeLessThan(svg.indexOf("cat"));
  });
});

describe("text", () => {
  it("cannot leave its element, whatever a label says", async () => {
    const label = '</text><script>alert("1")</script>&\0\u202e\ud800';
    const svg = plotBars({ title: label, note: label, bars: [{ label, value: 1 }] });
    expect(svg).not.toContain("<script");
    await rendered(svg);
    expect(escapeText(label)).toBe(
      "&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;\ufffd\ufffd\ufffd",
    );
    expect(element("g", { id: '"<' })).toBe('<g id="&quot;&lt;"/>');
  });

  it("is cut by characters, not by halves of them", () => {
    expect(shorten("🐈🐈🐈", 2)).toBe("🐈…");
    expect(shorten("cat", 3)).toBe("cat");
  });
});
