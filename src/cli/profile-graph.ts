/**
 * The networks that `profile` and `benchmark` build from options alone: the table of models/, told by
 * the command line's options.
 */
import { MobileNetError } from "../errors.ts";
import type { BlockVariant } from "../graph/architecture.ts";
import type { Network } from "../graph/ir.ts";
import { type NetworkName, networks, type Variation } from "../models/networks.ts";
import { UsageError } from "./usage-error.ts";

/** What may be varied; the builder's own default where undefined. */
export interface GraphOptions {
  readonly network?: NetworkName | undefined;
  readonly width: number | undefined;
  readonly resolution: number | readonly [rows: number, columns: number] | undefined;
  readonly classes?: number | undefined;
  readonly "output-stride"?: "8" | "16" | "32" | undefined;
  readonly aspp?: boolean;
  readonly nonlinear?: boolean;
  readonly shortcut?: "bottleneck" | "none" | "expansion" | undefined;
  readonly expansion?: number | undefined;
}

/** What the builders call the options that not all of them have. */
const builderOptions = {
  "output-stride": "outputStride",
  aspp: "aspp",
  nonlinear: "block",
  shortcut: "block",
  expansion: "block",
} as const;

/**
 * The graph that the options describe.
 *
 * @throws UsageError for an option that the network does not have, or values that do not fit.
 */
export function buildGraph(options: GraphOptions): Network {
  const name = options.network ?? "mobilenet-v2";
  const { build, takes } = networks[name];
  for (const option of Object.keys(builderOptions) as (keyof typeof builderOptions)[]) {
    const given = options[option] !== undefined && options[option] !== false;
    if (given && !takes.includes(builderOptions[option])) {
      throw new UsageError(`${name} has no --${option}`, {
        remedy: "Leave it out, or choose another --network.",
      });
    }
  }
  const { width, resolution, classes, aspp, "output-stride": stride } = options;
  const block = blockOf(options);
  const variation: Variation = {
    ...(width === undefined ? {} : { width }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(classes === undefined ? {} : { classes }),
    ...(stride === undefined ? {} : { outputStride: Number(stride) as 8 | 16 | 32 }),
    ...(aspp ? { aspp } : {}),
    ...(Object.keys(block).length === 0 ? {} : { block }),
  };
  try {
    return build(variation);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function blockOf({ nonlinear, shortcut, expansion }: GraphOptions): BlockVariant {
  return {
    ...(nonlinear ? { nonlinear } : {}),
    ...(shortcut === undefined ? {} : { shortcut }),
    ...(expansion === undefined ? {} : { expansion }),
  };
}
