/** Sentences on receptive fields, from numbers that say the opposite, too. */
import { expect, it } from "vitest";
import { receptiveField } from "./receptive-field.ts";
import type { FieldValue, ReceptiveResult } from "./values.ts";

const picture = 224;

/** A field of which squares of these shares of the side hold 50 and 95 %. */
function field(theoretical: number, half: number, most: number): FieldValue {
  const seen = Math.min(theoretical, picture);
  return {
    ...{ kind: "field", theoretical, picture, seen },
    ...{ half: half * seen, most: most * seen },
  };
}

function told(trained: readonly FieldValue[], random: readonly FieldValue[] = []): string {
  const parts = (name: string, fields: readonly FieldValue[]) =>
    fields.map((value, block) => ({ name: `${name}/${block}`, milliseconds: 1, value }));
  const result = {
    settings: { model: "imagenet", blocks: [0, 1, 2], drawn: [], pictures: 3 },
    parts: [...parts("trained", trained), ...parts("random", random)],
  } as unknown as ReceptiveResult;
  return receptiveField.report(result as never);
}

it("a field is used from its middle where squares are smaller than of an even gradient", () => {
  expect(told([field(20, 0.3, 0.7), field(60, 0.3, 0.7)])).toContain(
    "**It shows** that a field is used from its middle outwards",
  );
  expect(told([field(20, 0.75, 0.99), field(60, 0.8, 0.99)])).toContain(
    "**It shows** that a field is not used from its middle outwards",
  );
  expect(told([field(20, 0.3, 0.7), field(60, 0.8, 0.99)])).toContain("**It shows no rule**");
});

it("the picture's edge decides nothing: fields beyond it are left out of the count", () => {
  // Evenly used, but cut by the picture to less than half of the theoretical side.
  const cut = field(491, 0.71, 0.975);
  expect(told([field(20, 0.75, 0.99), cut])).toContain("not used from its middle outwards");
  expect(told([cut, cut])).toContain("**It cannot be told**");
  expect(told([field(20, 0.3, 0.7), cut])).toContain("Of 1 block whose whole field");
});

it("cells of the last map go by nearly all of the picture, or they do not", () => {
  expect(told([field(20, 0.3, 0.7), field(491, 0.3, 0.6)])).toContain(
    "no cell of the last map goes by the picture as a whole",
  );
  expect(told([field(20, 0.3, 0.7), field(491, 0.8, 0.99)])).toContain(
    "a cell of the last map goes by nearly all of the picture",
  );
});

it("trained and random weights are counted, and nothing is made of one draw", () => {
  const report = told(
    [field(20, 0.3, 0.7), field(60, 0.3, 0.7)],
    [field(20, 0.3, 0.6), field(60, 0.3, 0.8)],
  );
  expect(report).toContain("further than random ones in 1 of 2 blocks");
  expect(report).toContain("nothing follows for other weights");
});

it("a file's pictures come in rows that hold some", () => {
  const { value } = receptiveField.kinds;
  expect(value.fits({ kind: "thumbnails", rows: [] })).toBe(false);
  expect(value.fits({ kind: "thumbnails", rows: [[]] })).toBe(false);
  expect(value.fits({ kind: "thumbnails", rows: [[{ title: "a", png: "iVBORw0KGgo=" }]] })).toBe(
    true,
  );
});
