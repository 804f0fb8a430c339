/** What is kept of figures 2, 3 and 4 and tables 1 and 2: steps of blocks and rows of the network. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  plainText,
  wholeFrom,
} from "../../check-fields.ts";
import type { Table2Row } from "./draw-network.ts";
import type { BlockStep } from "./steps.ts";

/** Blocks by name, of figures and of table 1; or table 2's rows. */
export type BlocksValue = {
  readonly blocks: { readonly [name: string]: readonly BlockStep[] };
  readonly rows: readonly Table2Row[];
};

const size = needed(wholeFrom(1, 2 ** 20));
const count = needed(numberFrom(0));
const word = needed({
  expected: "at most 80 characters",
  fits: (value) => typeof value === "string" && value.length <= 80,
});
const perhaps = needed({
  expected: "a number or null",
  fits: (value) => value === null || numberFrom(0).fits(value),
});

const stepKinds: { readonly [Field in keyof BlockStep]: Kind } = {
  name: word,
  inputs: needed(itemsOf(plainText, "names")),
  kind: needed(oneOf("input", "pointwise", "full", "depthwise", "add", "other")),
  words: word,
  bend: needed(oneOf("ReLU6", "ReLU", "linear")),
  ...{ rows: size, columns: size, channels: size, parameters: count, multiplyAdds: count },
};

const rowKinds: { readonly [Field in keyof Table2Row]: Kind } = {
  ...{ input: word, operator: word, t: perhaps, c: perhaps, s: perhaps },
  ...{ n: needed(wholeFrom(1, 100)), edge: size, channels: size },
  ...{ parameters: count, multiplyAdds: count },
};

/** Steps, each of which reads steps before it. */
const steps: Kind = {
  expected: "a block's steps in the order of the data",
  fits: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((step: unknown, place) => {
      if (!having(stepKinds, "").fits(step)) return false;
      const before = new Set(value.slice(0, place).map(({ name }: BlockStep) => name));
      return (step as BlockStep).inputs.every((name) => before.has(name));
    }),
};

/** What a file must hold to be taken for this experiment's. */
export const blocksKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    { width: needed(numberFrom(0.01, 16)), resolution: size },
    "a width and a resolution",
  ),
  value: having(
    {
      blocks: needed({
        expected: "blocks by name",
        fits: (value) =>
          typeof value === "object" && value !== null && Object.values(value).every(steps.fits),
      }),
      rows: needed(itemsOf(having(rowKinds, "a row of table 2"), "rows of table 2")),
    },
    "blocks and rows",
  ),
};
