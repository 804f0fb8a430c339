/** Numbers on the command line: whatever is none, or lies outside, is refused by the option's name. */
import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";
import { commands } from "./commands.ts";
import type { NumberRange } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** What is a number nowhere. */
const strange = ["nan", "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "1_000", "١"];
const written = ["", " ", "one", "1 2", "--1", "1e", "1,,2"];

/** Numbers outside a range, and a fraction where only whole ones are meant. */
function outside({ from, to, whole = false }: NumberRange): readonly string[] {
  const step = whole ? 1 : 1e-3;
  const below = from - step * Math.max(1, Math.abs(from));
  // Beyond 2 ** 53 the next number is further than a step away.
  const above = to + step * Math.max(1, Math.abs(to));
  return [`${below}`, `${above}`, "-1e18", "1e19", ...(whole ? [`${from + 0.5}`, "0.1"] : [])];
}

const rows = await Promise.all(
  commands.map(async ({ name, load }) => [name, await load()] as const),
);

describe.each(rows)("%s", (command, { options }) => {
  const ranges = Object.entries(options).flatMap(([name, { range }]) => {
    return range === undefined ? [] : [[name, range] as const];
  });

  it("refuses what is no number in its range, by the option's name", () => {
    for (const [name, range] of ranges) {
      for (const text of [...strange, ...written, ...outside(range)]) {
        const call = () => parseArguments([`--${name}=${text}`], options);
        expect(call, `${command} --${name}=${text}`).toThrow(UsageError);
        expect(call).toThrow(new RegExp(`--${name}\\b`));
      }
    }
  });

  it("takes the ends of each range", () => {
    for (const [name, { from, to }] of ranges) {
      for (const end of [from, to]) {
        const { values } = parseArguments([`--${name}`, `${end}`], options);
        expect([values[name]].flat(), `${command} --${name} ${end}`).toEqual([end]);
      }
    }
  });

  it("has a range for each option that its help shows as a number", () => {
    const numeric = Object.entries(options).filter(([, { placeholder = "" }]) =>
      placeholder.split(/[|,x]/).some((word) => /^(?:N|P|T|BYTES|α|0–1)$/.test(word)),
    );
    const without = numeric.filter(([, { range }]) => range === undefined).map(([name]) => name);
    // Parts and words of their own: see part-options.test.ts.
    expect(without.filter((name) => name !== "tiles")).toEqual([]);
  });
});

it("train, quantize and experiment have such options", () => {
  const having = rows.filter(([, { options }]) =>
    Object.values(options).some(({ range }) => range),
  );
  const names = having.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["train", "quantize", "experiment"]));
});
