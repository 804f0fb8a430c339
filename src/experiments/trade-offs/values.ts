/** What the experiment of figure 5 is asked, and what it keeps; and how a file's values are known for such. */
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
import type { ExperimentResult } from "../experiment.ts";
import { type Absent, variantKind } from "../kept-values.ts";
import { type Middle, middleKind } from "../run-times.ts";

/** What is asked. */
export type TradeOffSettings = {
  /** The variants that are timed, as width and resolution. */
  readonly timed: readonly (readonly number[])[];
  readonly rounds: number;
  /** The most pictures of each set. */
  readonly pictures: number;
  /** Of the bootstrap. */
  readonly resamples: number;
};

/** A network's cost. */
type Counted = {
  readonly weightParameters: number;
  readonly parameters: number;
  readonly multiplyAdds: number;
};

/** One of the 22 checkpoints. */
export type CountedVariant = Counted & { readonly width: number; readonly resolution: number };

/** A network of tables 4 to 7. */
export type CountedNetwork = Counted & {
  readonly name: string;
  /** Multiply-adds with the planes of dilated convolutions padded, as TensorFlow once did. */
  readonly padded?: number;
};

export type Costs = {
  readonly kind: "costs";
  readonly variants: readonly CountedVariant[];
  readonly networks: readonly CountedNetwork[];
};

/** How long a picture takes. */
export type Latencies = {
  readonly kind: "latencies";
  readonly rows: readonly {
    readonly width: number;
    readonly resolution: number;
    readonly precision: "float32" | "int8";
    readonly milliseconds: Middle;
  }[];
};

/** Pictures whose best class, or one of the best five, is right. */
export type Classified = {
  readonly kind: "classified";
  readonly pictures: number;
  readonly top1: number;
  readonly top5: number;
};

/** Average precision with the interval that the bootstrap over pictures leaves at 95 %. */
export type Detected = {
  readonly kind: "detected";
  readonly pictures: number;
  readonly objects: number;
  readonly ap: number;
  readonly low: number;
  readonly high: number;
  readonly ap50: number;
};

export type TradeOffValue = Costs | Latencies | Classified | Detected | Absent;

export type TradeOffResult = ExperimentResult<TradeOffSettings, TradeOffValue>;

const size = needed(wholeFrom(1, 10_000));
const width = needed(numberFrom(0.01, 100));
const count = needed(wholeFrom(0, 1e15));
const share = needed(numberFrom(0, 1));
const counted = { weightParameters: count, parameters: count, multiplyAdds: count };
const fieldsOfKind: Readonly<Record<TradeOffValue["kind"], Kind>> = {
  costs: having(
    {
      variants: needed(itemsOf(having({ width, resolution: size, ...counted }, ""), "")),
      networks: needed(
        itemsOf(
          having({ name: needed(plainText), ...counted, padded: wholeFrom(0, 1e15) }, ""),
          "",
        ),
      ),
    },
    "",
  ),
  latencies: having(
    {
      rows: needed(
        itemsOf(
          having(
            {
              ...{ width, resolution: size },
              precision: needed(oneOf("float32", "int8")),
              milliseconds: needed(middleKind),
            },
            "",
          ),
          "",
        ),
      ),
    },
    "",
  ),
  absent: having({}, ""),
  classified: having({ pictures: needed(wholeFrom(1)), top1: count, top5: count }, ""),
  detected: having(
    {
      ...{ pictures: needed(wholeFrom(1)), objects: count },
      ...{ ap: share, low: share, high: share, ap50: share },
    },
    "",
  ),
};

export const tradeOffKinds: { readonly settings: Kind; readonly value: Kind } = {
  settings: having(
    {
      timed: needed(itemsOf(itemsOf(numberFrom(0.01, 10_000), ""), "widths and resolutions")),
      rounds: needed(wholeFrom(1, 100_000)),
      pictures: needed(wholeFrom(1, 1e6)),
      resamples: needed(wholeFrom(1, 1e6)),
    },
    "the settings of this experiment",
  ),
  value: variantKind(fieldsOfKind, "costs, latencies, or how right a model is"),
};
