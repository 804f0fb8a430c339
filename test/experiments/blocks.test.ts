/** Figures 2, 3 and 4 and tables 1 and 2: what is kept of them, what is drawn of that, what is told. */
import { beforeAll, describe, expect, it } from "vitest";
import { blocks } from "../../src/experiments/blocks/blocks.ts";
import type { BlockStep } from "../../src/experiments/blocks/steps.ts";
import type { BlocksValue } from "../../src/experiments/blocks/values.ts";
import type { ExperimentResult } from "../../src/experiments/experiment.ts";
import { textLength } from "../../src/plot/frame.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: ExperimentResult;
let drawings: Readonly<Record<string, string>>;
const valueOfPart = (part: string): BlocksValue =>
  result.parts.find(({ name }) => name === part)?.value as unknown as BlocksValue;

beforeAll(async () => {
  run = await quickRun("blocks");
  result = run.result;
  drawings = blocks.figures(result);
}, 60_000);

/** Texts of a drawing with their places. */
function textsOf(svg: string) {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(
    ([, attributes = "", text = ""]) => ({
      text: text.replaceAll("&#39;", "'"),
      classes: /class="([^"]*)"/.exec(attributes)?.[1] ?? "",
      x: Number(/ x="([^"]*)"/.exec(attributes)?.[1]),
    }),
  );
}

describe("what is kept", () => {
  it.each<[string, (step: Record<string, unknown>) => void]>([
    ["channels that are none", (step) => Object.assign(step, { channels: "64" })],
    ["an activation that nobody knows", (step) => Object.assign(step, { bend: "<b>" })],
    ["an input that no earlier step is", (step) => Object.assign(step, { inputs: ["later"] })],
  ])("is refused with %s", (_, damage) => {
    const value = structuredClone(valueOfPart("figure-2")) as unknown as {
      readonly blocks: Readonly<Record<string, Record<string, unknown>[]>>;
    };
    damage(value.blocks["full"]![1]!);
    expect(blocks.kinds.value.fits(value)).toBe(false);
  });

  it("has ReLU's steps apart from linear ones: a bottleneck's ends are linear (section 3.2)", () => {
    const bends = (steps: readonly BlockStep[] = []): readonly string[] =>
      steps.map(({ bend }) => bend);
    const { residual, inverted } = valueOfPart("figure-3").blocks;
    expect(bends(inverted)).toEqual(["linear", "ReLU6", "ReLU6", "linear", "linear"]);
    expect(bends(residual)).toEqual(["ReLU", "ReLU", "ReLU", "linear", "ReLU"]);
  });

  it("joins shortcuts at the ends: narrow in the inverted residual, wide in ResNet's", () => {
    for (const [name, narrow] of [
      ["inverted", true],
      ["residual", false],
    ] as const) {
      const steps = valueOfPart("figure-3").blocks[name]!;
      const [input, middle, sum] = [steps[0]!, steps[1]!, steps.at(-1)!];
      expect(sum.kind).toBe("add");
      expect(sum.inputs).toContain(input.name);
      expect(sum.channels).toBe(input.channels);
      expect(input.channels < middle.channels).toBe(narrow);
    }
  });

  it("adds a shortcut at stride 1 only (figure 4d)", () => {
    const { v1, v1Stride2, v2, v2Stride2 } = valueOfPart("figure-4").blocks;
    const sums = [v1, v1Stride2, v2, v2Stride2].map((steps) =>
      steps?.some(({ kind }) => kind === "add"),
    );
    expect(sums).toEqual([false, false, true, false]);
  });
});

describe("the drawings", () => {
  const names = ["figure-2", "figure-3", "figure-4", "table-1", "table-2"] as const;

  it("are those five", () => {
    expect(Object.keys(drawings)).toEqual(names);
  });

  it.each(names)("%s has no letters beyond its edges", (name) => {
    const texts = textsOf(drawings[name]!);
    const outside = texts.filter(({ text, classes, x }) => {
      const length = textLength(text);
      const before = /\bend\b/.test(classes) ? length : /middle/.test(classes) ? length / 2 : 0;
      return x - before < 0 || x - before + length > 400;
    });
    expect(outside).toEqual([]);
    expect(texts.length).toBeGreaterThan(10);
  });

  it("have slabs as wide as channels", () => {
    const svg = drawings["figure-3"]!;
    const widths = [...svg.matchAll(/<rect class="s s1"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    const { residual = [], inverted = [] } = valueOfPart("figure-3").blocks;
    const channels = [...residual, ...inverted].map((step) => step.channels);
    const scale = Math.max(...widths) / Math.max(...channels);
    // Hundredths of a pixel.
    expect(widths.map((width, i) => Math.abs(width - channels[i]! * scale) < 0.01)).toEqual(
      channels.map(() => true),
    );
  });

  it("show every number of table 2's rows", () => {
    const texts = textsOf(drawings["table-2"]!).map(({ text }) => text);
    for (const { input, operator, c } of valueOfPart("table-2").rows) {
      expect(texts).toContain(input);
      expect(texts).toContain(operator);
      expect(texts).toContain(`${c}`);
    }
    expect(texts.slice(-2)).toEqual(["3.50 M", "301 M"]);
  });

  it("leave out parts that are not finished", () => {
    const some = { ...result, parts: result.parts.slice(0, 1) };
    expect(Object.keys(blocks.figures(some))).toEqual(["figure-2"]);
    expect(blocks.report(some)).not.toContain("blocks-figure-3.svg");
  });
});

it("is sound as any experiment", async () => await expectSound(run));
