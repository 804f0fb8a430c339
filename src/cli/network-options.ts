/** The options that say which network `profile` and `benchmark` build where no model is named. */
import { type NetworkName, networks } from "../models/networks.ts";
import {
  choice,
  flag,
  number,
  numbers,
  type Option,
  type Options,
  type SizeValue,
  size,
  sizes,
} from "./options.ts";

/** The options that say how a network's blocks are (figure 6 of the paper). */
interface BlockOptions extends Options {
  readonly nonlinear: Option<boolean>;
  readonly shortcut: Option<"bottleneck" | "none" | "expansion" | undefined>;
  readonly expansion: Option<number | undefined>;
}

/** What both commands may be told. */
interface NetworkOptions extends BlockOptions {
  readonly network: Option<NetworkName | undefined>;
  readonly width: Option<number | undefined>;
  readonly resolution: Option<SizeValue | undefined>;
}

const widthForm = {
  ...{ placeholder: "α", short: "w", from: 0.01, to: 16 },
  description: "Width multiplier",
  shownDefault: "1",
};
const resolutionForm = {
  ...{ placeholder: "N|RxC", short: "r", from: 1, to: 8192 },
  description: "Rows and columns of the input",
  shownDefault: "224; ssdlite 300, deeplabv3 513",
};

/** Several widths and resolutions, of which every one of the first goes with every one of the second. */
export const severalOptions: {
  readonly width: Option<readonly number[] | undefined>;
  readonly resolution: Option<readonly SizeValue[] | undefined>;
} = {
  width: numbers({ ...widthForm, description: "Width multiplier, or several with commas" }),
  resolution: sizes({
    ...resolutionForm,
    description: "Rows and columns of the input, or several sizes with commas",
  }),
};

/** The table. */
export const networkOptions: NetworkOptions = {
  network: choice(Object.keys(networks) as NetworkName[], {
    short: "n",
    description: "The network",
    shownDefault: "mobilenet-v2",
  }),
  width: number(widthForm),
  resolution: size(resolutionForm),
  nonlinear: flag({ description: "ReLU6 after each block's projection, too" }),
  shortcut: choice(["bottleneck", "none", "expansion"], {
    description: "What the blocks' shortcuts join",
    shownDefault: "bottleneck",
  }),
  expansion: number({
    placeholder: "T",
    from: 1,
    to: 64,
    whole: true,
    description: "Expansion factor of the blocks, but for the first",
    shownDefault: "6",
  }),
};

/**
 * The first option given that a named model settles itself; nothing where none is.
 *
 * @param others - Options of the command that do so besides the table's.
 */
export function settledByModel(
  values: Readonly<Record<string, unknown>>,
  others: readonly string[],
): string | undefined {
  // What a resolution is, a model may leave open.
  const names = Object.keys(networkOptions).filter((name) => name !== "resolution");
  return [...names, ...others].find((name) => (values[name] ?? false) !== false);
}
