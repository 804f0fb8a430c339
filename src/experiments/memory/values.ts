/** What the experiment of table 3 is asked, and what it keeps; and how a file's values are known for such. */
import {
  having,
  itemsOf,
  type Kind,
  needed,
  numberFrom,
  oneOf,
  someItemsOf,
  wholeFrom,
} from "../../check-fields.ts";
import type { ExperimentResult } from "../experiment.ts";
import { variantKind } from "../kept-values.ts";
import { type Middle, middleKind } from "../run-times.ts";

/** What is asked. */
export type MemorySettings = {
  /** Of the networks that run; table 3 is always of 224². */
  readonly resolution: number;
  /** In how many ways blocks are split. */
  readonly ways: readonly number[];
  /** Measured rounds, in which every form has its turn. */
  readonly rounds: number;
};

/** The most channels that exist at each resolution. */
export type Table3 = {
  readonly kind: "table3";
  readonly rows: readonly {
    readonly size: number;
    readonly v1: number;
    readonly v2: number;
    /** Of V2 where the expanded tensors exist, too, and the stem's output. */
    readonly expanded: number;
  }[];
};

/** A network as it is computed. */
export type Form = {
  readonly network: "v1" | "v2";
  readonly precision: "float32" | "int8";
  /** One operation after another, blocks in `ways` parts, or blocks in tiles of rows. */
  readonly form: "unfused" | "split" | "rows";
  readonly ways: number;
};

/** What a form holds while it runs. */
export type Arenas = {
  readonly kind: "arenas";
  readonly forms: readonly (Form & {
    /** All activation memory: feature maps and scratch. */
    readonly arenaBytes: number;
    /** Of the largest feature map. */
    readonly largestBytes: number;
    readonly multiplyAdds: number;
  })[];
};

/** How far probabilities of the forms differ from those of the unfused network. */
export type FormAgreement = {
  readonly kind: "agreement";
  readonly largest: number;
  readonly forms: readonly (Form & { readonly difference: number })[];
};

/** How long a run takes, in milliseconds, and relative to the unfused network's run of the same round. */
export type Times = {
  readonly kind: "times";
  readonly forms: readonly (Form & { readonly milliseconds: Middle; readonly ratio: Middle })[];
};

export type MemoryValue = Table3 | Arenas | FormAgreement | Times;

export type MemoryResult = ExperimentResult<MemorySettings, MemoryValue>;

const form = {
  network: needed(oneOf("v1", "v2")),
  precision: needed(oneOf("float32", "int8")),
  form: needed(oneOf("unfused", "split", "rows")),
  ways: needed(wholeFrom(1, 1000)),
};
const bytes = needed(wholeFrom(0, 1e12));
const channels = needed(wholeFrom(1, 1e6));
const difference = needed(numberFrom(0, 1));
// The largest of none is nothing, so that lists are not empty.
const forms = (fields: Readonly<Record<string, Kind>>): Kind =>
  needed(someItemsOf(having({ ...form, ...fields }, "a form"), "at least one form"));

const fieldsOfKind: Readonly<Record<MemoryValue["kind"], Kind>> = {
  table3: having(
    {
      rows: needed(
        someItemsOf(
          having({ size: channels, v1: channels, v2: channels, expanded: channels }, ""),
          "at least one resolution",
        ),
      ),
    },
    "",
  ),
  arenas: having(
    {
      forms: forms({
        ...{ arenaBytes: bytes, largestBytes: bytes },
        multiplyAdds: needed(wholeFrom(0, 1e15)),
      }),
    },
    "",
  ),
  agreement: having({ largest: difference, forms: forms({ difference }) }, ""),
  times: having(
    { forms: forms({ milliseconds: needed(middleKind), ratio: needed(middleKind) }) },
    "",
  ),
};

export const memoryKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      resolution: needed(wholeFrom(32, 1024)),
      ways: needed(itemsOf(wholeFrom(1, 64), "numbers of ways")),
      rounds: needed(wholeFrom(1, 100_000)),
    },
    "the settings of this experiment",
  ),
  value: variantKind(fieldsOfKind, "tensors, arenas, differences or times"),
};

/** A form in words; `t = 1` is the unfused network. */
export function formName({ form: kind, ways }: Pick<Form, "form" | "ways">): string {
  return kind === "rows" ? "rows" : `t = ${ways}`;
}
