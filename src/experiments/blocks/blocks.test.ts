/** Figures 2, 3 and 4 and tables 1 and 2: what is kept of them, what is drawn of that, what is told. */
import { beforeAll, describe, expect, it } from "vitest";
import { textLength } from "../../plot/frame.ts";
import type { ExperimentResult, Json, PartContext } from "../experiment.ts";
import { blocks } from "./blocks.ts";
import type { BlockStep } from "./steps.ts";
import type { BlocksValue } from "./values.ts";

let result: ExperimentResult;
let drawings: Readonly<Record<string, string>>;
const valueOfPart = (part: string): BlocksValue =>
  result.parts.find(({ name }) => name === part)?.value as unknown as BlocksValue;

beforeAll(async () => {
  const settings = blocks.settings(false);
  const parts = await Promise.all(
    blocks.parts(settings, 1).map(async (part) => ({
      name: part.name,
      milliseconds: 1,
      value: await part.run({} as PartContext<Json>),
    })),
  );
  const machine = { processor: "x", cores: 1, node: "v20", system: "linux x64" };
  const facts = { experiment: "blocks", version: "0.0.0", quick: false, seed: 1, machine };
  // As a file gives it.
  result = JSON.parse(
    JSON.stringify({ schemaVersion: 1, ...facts, date: "2026-01-01", settings, parts }),
  );
  drawings = blocks.figures(result);
});

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
  it("is of the kinds that a file must hold", () => {
    expect(result.parts.map(({ value }) => blocks.kinds.value.fits(value))).toEqual(
      result.parts.map(() => true),
    );
    expect(blocks.kinds.settings.fits(result.settings)).toBe(true);
  });

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

  it.each(names)(
    "%s is 400 pixels wide, has no small letters and none beyond its edges",
    (name) => {
      const svg = drawings[name]!;
      expect(svg).toMatch(/<svg[^>]* width="400" /);
      const sizes = [...svg.matchAll(/font(?:-size)?:(?:\d+ )?(\d+)px/g)].map(([, size]) =>
        Number(size),
      );
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
      const outside = textsOf(svg).filter(({ text, classes, x }) => {
        const length = textLength(text);
        const left = /\bend\b/.test(classes)
          ? x - length
          : /middle/.test(classes)
            ? x - length / 2
            : x;
        return left < 0 || left + length > 400;
      });
      expect(outside).toEqual([]);
      expect(svg).toContain("prefers-color-scheme:dark");
    },
  );

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

it("the report shows each drawing", () => {
  const shown = [...blocks.report(result).matchAll(/\(blocks-([a-z0-9-]+)\.svg\)/g)];
  expect(shown.map(([, name]) => name)).toEqual(Object.keys(drawings));
});
