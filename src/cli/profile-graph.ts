/**
 * The networks that `profile` can build from options alone: which builder each name has, and which
 * options mean something to it.
 */
import { MobileNetError } from "../errors.ts";
import type { Graph } from "../graph/ir.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { UsageError } from "./usage-error.ts";

/** What may be varied; the builder's own default where undefined. */
export interface GraphOptions {
  readonly architecture: Architecture | undefined;
  readonly width: number | undefined;
  readonly resolution: number | undefined;
  readonly classes: number | undefined;
  readonly "output-stride": "8" | "16" | "32" | undefined;
  readonly aspp: boolean;
}

interface Shaping {
  width?: number;
  resolution?: number;
  classes?: number;
  outputStride?: 8 | 16 | 32;
  aspp?: boolean;
}

interface Buildable {
  build(options: Shaping): Graph;
  /** Options beyond width, resolution and classes. */
  readonly takes: readonly ("output-stride" | "aspp")[];
}

/** A name of the table below. */
export type Architecture = "mobilenet-v2" | "mobilenet-v1" | "ssdlite" | "deeplabv3";

export const architectures: Readonly<Record<Architecture, Buildable>> = {
  "mobilenet-v2": { build: mobilenetV2, takes: ["output-stride"] },
  "mobilenet-v1": { build: mobilenetV1, takes: [] },
  ssdlite: { build: ssdlite, takes: [] },
  deeplabv3: { build: deeplabV3, takes: ["output-stride", "aspp"] },
};

/**
 * The graph that the options describe.
 *
 * @throws UsageError for an option that the architecture does not have, or values that do not fit.
 */
export function buildArchitecture(options: GraphOptions): Graph {
  const name = options.architecture ?? "mobilenet-v2";
  const { build, takes } = architectures[name];
  for (const option of ["output-stride", "aspp"] as const) {
    const given = options[option] !== undefined && options[option] !== false;
    if (given && !takes.includes(option)) {
      throw new UsageError(`${name} has no --${option}`, {
        remedy: "Leave it out, or choose another --architecture.",
      });
    }
  }
  const shaping: Shaping = {};
  if (options.width !== undefined) shaping.width = options.width;
  if (options.resolution !== undefined) shaping.resolution = options.resolution;
  if (options.classes !== undefined) shaping.classes = options.classes;
  const stride = options["output-stride"];
  if (stride !== undefined) shaping.outputStride = Number(stride) as 8 | 16 | 32;
  if (options.aspp) shaping.aspp = true;
  try {
    return build(shaping);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
