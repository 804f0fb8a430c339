/**
 * Tiles that repeat each other on purpose (docs/kernels.md): what has to be equal in their sources is.
 * AssemblyScript has no macros, and a tile's sums stay in registers only where it is written out.
 */
import { describe, expect, it } from "vitest";
import { blockOf, mentions, moved, renamed, splitAt, statementsOf } from "./statements.ts";

/** A tile of pixels × outputs, whose loop has steps of one input, or of as many as a product takes. */
interface Tile {
  readonly file: string;
  readonly name: string;
  readonly loop: string;
  /** Addresses of the pixels and of the weights, a panel each. */
  readonly pixels: string;
  readonly panels: readonly string[];
  /** What a step loads of a pixel, and how it adds products of pixels and weights to a sum. */
  readonly load: string;
  readonly add: (sum: string, x: string, w: string) => string;
  readonly steps: number;
}

const real = {
  pixels: "abcd",
  load: "f32",
  add: (sum: string, x: string, w: string) => `f32x4.add(${sum}, f32x4.mul(${x}, ${w}))`,
};
const dots = {
  load: "i32",
  add: (sum: string, x: string, w: string) => `i32x4.add(${sum}, i32x4.dot_i16x8_s(${x}, ${w}))`,
};
const relaxedDots = {
  pixels: "abcdef",
  load: "i32",
  add: (sum: string, x: string, w: string) => `dot(${w}, ${x}, ${sum})`,
};
const blocks = "for (let block = blocks; block > 0; block--) {";
const rest = "for (let i = rest; i > 0; i--) {";
const rows = "for (let row = rows; row > 0; row--) {";
const four = "for (let count = layer.blocks * 2; count > 0; count--) {";
const narrow = ["weights"];

const tiles: readonly Tile[] = [
  {
    file: "pointwise-4x8",
    name: "f32_pointwise_4x8_simd",
    loop: blocks,
    panels: narrow,
    steps: 8,
    ...real,
  },
  {
    file: "pointwise-4x8",
    name: "f32_pointwise_4x8_simd",
    loop: rest,
    panels: narrow,
    steps: 1,
    ...real,
  },
  {
    file: "pointwise-4x16",
    name: "f32_pointwise_4x16_simd",
    loop: blocks,
    panels: ["weights", "second"],
    steps: 8,
    ...real,
  },
  {
    file: "pointwise-4x16",
    name: "f32_pointwise_4x16_simd",
    loop: rest,
    panels: ["weights", "second"],
    steps: 1,
    ...real,
  },
  { file: "stem", name: "f32_stem_4x8_simd", loop: rows, panels: narrow, steps: 9, ...real },
  {
    file: "stem-4x16",
    name: "f32_stem_4x16_simd",
    loop: rows,
    panels: ["weights", "second"],
    steps: 9,
    ...real,
  },
  {
    file: "int8/pointwise",
    name: "int8_pointwise_4x8_simd",
    loop: "for (let count = blocks; count > 0; count--) {",
    panels: narrow,
    steps: 4,
    pixels: "abcd",
    ...dots,
  },
  {
    file: "int8-relaxed/pointwise-6x8",
    name: "int8_pointwise_6x8_relaxed",
    loop: four,
    panels: narrow,
    steps: 1,
    ...relaxedDots,
  },
  {
    file: "int8-relaxed/pointwise-6x16",
    name: "int8_pointwise_6x16_relaxed",
    loop: four,
    panels: ["weights", "others"],
    steps: 1,
    ...relaxedDots,
  },
];

/** What a step of a tile is. */
function stepOf({ pixels, panels, load, add }: Tile): readonly string[] {
  const lanes = panels.flatMap((_, panel) => [panel * 2, panel * 2 + 1]);
  return [
    ...panels.flatMap((panel, i) => [
      `w${i * 2} = v128.load(${panel});`,
      `w${i * 2 + 1} = v128.load(${panel}, 16);`,
    ]),
    ...[...pixels].flatMap((pixel) => [
      `x = v128.load_splat<${load}>(${pixel});`,
      ...lanes.map((i) => `${pixel}${i} = ${add(`${pixel}${i}`, "x", `w${i}`)};`),
    ]),
  ];
}

describe("every step of a tile adds one product to each sum, in the same order", () => {
  it.each(tiles.map((tile) => [tile.name, tile.steps, tile] as const))(
    "%s, %i in a loop",
    (...of) => {
      const [name, steps, tile] = of;
      const { file, loop, pixels, panels } = tile;
      const parts = splitAt(
        blockOf(statementsOf(file, name), loop),
        /^if \(weights == \d+\) break;$/,
      );
      const step = stepOf(tile);
      expect(parts).toHaveLength(steps);
      const end = parts.at(-1)!.slice(step.length);
      for (const [index, part] of parts.entries()) {
        const bytes = Object.fromEntries([
          ...panels.map((panel) => [panel, -32 * index]),
          ...[...pixels].map((pixel) => [pixel, -4 * index]),
        ]);
        const expected = index === parts.length - 1 ? [...step, ...end] : step;
        expect(moved(part, bytes), `step ${index}`).toEqual(expected);
      }
      // Then the weights move on by what was read of them, the pixels by the layer's own steps.
      expect(end.slice(0, panels.length)).toEqual(
        panels.map((panel) => `${panel} += ${32 * steps};`),
      );
      expect(end.slice(panels.length).map((text) => text.split(" += ")[0])).toEqual([...pixels]);
    },
  );

  it("and so do the extra steps for weights that do not fit a byte", () => {
    const loop = "for (; extra < end; extra++) {";
    const wide = statementsOf("int8-relaxed/pointwise-6x16", "int8_pointwise_6x16_relaxed");
    const first = blockOf(wide, loop);
    const second = blockOf(wide.slice(wide.indexOf(loop) + 1), loop);
    expect(second).toEqual(
      renamed(
        first,
        Object.fromEntries(
          [..."abcdef"].flatMap((pixel) => [
            [`${pixel}0`, `${pixel}2`],
            [`${pixel}1`, `${pixel}3`],
          ]),
        ),
      ),
    );
    const narrow = statementsOf("int8-relaxed/pointwise-6x8", "int8_pointwise_6x8_relaxed");
    const opening = narrow.find((text) => text.endsWith("extra < end; extra++) {"))!;
    expect(blockOf(narrow, opening)).toEqual(first);
  });
});

/** Statements by what they assign, in order. */
function byTarget(statements: readonly string[]): { readonly [target: string]: readonly string[] } {
  const targets: { [target: string]: string[] } = {};
  for (const text of statements) {
    const target = text.split(" = ")[0]!;
    targets[target] = [...(targets[target] ?? []), text];
  }
  return targets;
}

/** Names of a second half of channels, each with its name in the first half. */
type Halves = { readonly [second: string]: string };

/** Letters by themselves and with a digit. */
function numbered(second: string, first: string): Halves {
  return Object.fromEntries(
    [...second].flatMap((letter, i) =>
      ["", 0, 1, 2, 3, 4, 5, 6].map((digit) => [`${letter}${digit}`, `${first[i]}${digit}`]),
    ),
  );
}

/** What does not name the second half. */
function firstHalf(statements: readonly string[], halves: Halves): readonly string[] {
  return statements.filter((text) => !mentions(text, Object.keys(halves)));
}

/** Expects what the second half does to be what the first does, some bytes further on. */
function expectHalves(statements: readonly string[], halves: Halves, bytes: number): void {
  const [second, first] = [Object.keys(halves), Object.values(halves)];
  // What is loaded, computed and stored; what both halves start from is made once.
  const vectors = statements.filter((text) => /\w\(/.test(text) && !text.includes(".splat("));
  const seconds = vectors.filter((text) => mentions(text, second) && !mentions(text, first));
  const firsts = vectors.filter((text) => mentions(text, first) && !mentions(text, second));
  expect(seconds.length).toBeGreaterThan(8);
  expect(renamed(moved(seconds, -bytes), halves)).toEqual(firsts);
}

/** Sums, weights and inputs of channels 4 to 7 of a panel, and of 0 to 3. */
const realHalves = numbered("tvy", "swx");

describe.each([1, 2])("the float32 depthwise tiles of stride %i", (stride) => {
  const columns = stride === 1 ? 4 : 3;
  const file = `depthwise-stride-${stride}`;
  const name = `f32_depthwise_3x3s${stride}_${columns}x4_simd`;
  const rowsOf = (path: string): readonly (readonly string[])[] =>
    splitAt(blockOf(statementsOf(path, name), "do {"), /^if \(rows == \d\) break;$/);
  const ordinary = rowsOf(file);
  const turbo = rowsOf(`turbo/${file}`);

  it.each([
    ["ordinary", ordinary, "pqr"],
    ["turbo", turbo, "abc"],
  ])("take three rows alike: %s", (_, rows, addresses) => {
    expect(rows).toHaveLength(3);
    for (const [index, row] of rows.entries()) {
      const alike = renamed(moved(row, { weights: -96 * index }), {
        [addresses[index]!]: addresses[0]!,
      });
      expect(alike, `row ${index}`).toEqual(rows[0]);
    }
  });

  it("add in the same order to each sum, in either build", () => {
    const first = firstHalf(turbo[0]!, realHalves);
    expect(byTarget(renamed(first, { a: "p" }))).toEqual(byTarget(ordinary[0]!));
  });

  it("take both halves of a panel alike in the turbo build", () => {
    expectHalves(turbo[0]!, realHalves, 16);
  });
});

describe("training's tiles of the turbo build have twice the channels of the ordinary ones", () => {
  /** By how much the loops over channels go. */
  const anyStep = (statements: readonly string[]): readonly string[] =>
    statements.map((text) => text.replace(/c \+= (16|32)\)/, "c += …)"));

  // Of rows, `w` itself is an address.
  const rowHalves = { ...numbered("ty", "sx"), v0: "w0", v1: "w1", v2: "w2" };

  it.each([
    ["f32_depthwise_3x3s1_4x4_simd", "f32_depthwise_3x3s1_4x8_simd", rowHalves],
    ["f32_depthwise_taps_4x4_simd", "f32_depthwise_taps_4x8_simd", realHalves],
  ])("%s", (narrow, wide, halves) => {
    const turbo = statementsOf("train/depthwise-rows-turbo", wide);
    const ordinary = statementsOf("train/depthwise-rows", narrow);
    expect(anyStep(firstHalf(turbo, halves))).toEqual(anyStep(ordinary));
    expectHalves(turbo, halves, 16);
  });

  it("f32_weight_gradient_4x8_simd", () => {
    const halves = Object.fromEntries(
      [..."abcdg"].flatMap((letter) => [
        [`${letter}2`, `${letter}0`],
        [`${letter}3`, `${letter}1`],
      ]),
    );
    const file = "train/weight-gradient";
    const turbo = statementsOf(file, "f32_weight_gradient_4x16_simd");
    const ordinary = statementsOf(file, "f32_weight_gradient_4x8_simd");
    expect(firstHalf(turbo, halves)).toEqual(ordinary);
    expectHalves(turbo, halves, 32);
  });
});

/** Of bytes: columns, weights, sums and results of channels 4 to 7, and of 0 to 3. */
const byteHalves: Halves = {
  ...numbered("yqvt", "xpus"),
  ...Object.fromEntries([..."ABCD"].map((letter) => [`q${letter}`, `p${letter}`])),
  biasQ: "biasP",
  scaleQ: "scaleP",
  nextY: "nextX",
  high: "low",
  highHalf: "lowHalf",
};

describe("the 8-bit depthwise tiles take both halves of a panel alike", () => {
  it.each([
    ["depthwise-joined", "joinedStride1"],
    ["depthwise-joined", "joinedStride2"],
    ["depthwise-joined-rows", "int8_depthwise_3x3_joined_rows"],
  ])("%s: %s", (file, name) => {
    expectHalves(statementsOf(`int8-relaxed/${file}`, name), byteHalves, 16);
  });
});
