/**
 * The size of the picture that a graph takes. Where the file leaves it open, the graph may bring every
 * picture to one size itself, as detectors and segmenters do: a picture of that size it leaves as it is,
 * and how it treats others says how pictures are to be fitted.
 */
import { MobileNetError } from "../../errors.ts";
import type { Fit, PixelCenters } from "../../image/presets.ts";
import type { Assumption } from "../../models/model.ts";
import { resolutionOf } from "../../models/options.ts";
import type { FileFacts } from "../file-facts.ts";
import { graphOptions, requireRead } from "../model-options.ts";
import type { ReadRequest } from "../request.ts";
import type { StatedInput } from "./file-input.ts";
import type { FrontStep, GraphDefImport } from "./importer.ts";

type Size = readonly [rows: number, columns: number];

/** A graph read for one size of pictures, and what that says. */
export interface SizedImport {
  readonly importer: GraphDefImport;
  readonly fit?: FileFacts["fit"];
  readonly assumptions: readonly Assumption[];
}

/** What people take where nothing is said. */
const usual = 224;

/** A picture smaller than any network's, which graphs with a size of their own enlarge or surround. */
const probe = 8;

/**
 * Reads a graph for the size that the file states, that the graph makes, that the caller says, or the
 * usual one.
 *
 * @param read - Reads the graph for a size.
 * @throws MobileNetError `invalid-argument` where the caller gives a size that the file settles.
 */
export function importForSize(
  { rows, columns }: StatedInput,
  read: (size: Size) => GraphDefImport,
  { name, options }: ReadRequest,
): SizedImport {
  const given = options.resolution ?? preparedSize(options.preprocess);
  const settle = (): void => requireRead(options, graphOptions, `${name}, a TensorFlow.js graph`);
  if (rows > 0 && columns > 0) {
    settle();
    return { importer: read([rows, columns]), assumptions: [] };
  }
  requireRead(options, [...graphOptions, "resolution"], `${name}, a TensorFlow.js graph`);
  const open = (asked: Size): Size => [
    rows > 0 ? rows : asked[0],
    columns > 0 ? columns : asked[1],
  ];
  const own = entrySize(read(open([probe, probe])).front);
  if (own !== undefined && own.join() !== open([probe, probe]).join()) {
    const importer = read(own);
    if (leavesAlone(importer.front, own)) {
      settle();
      return { importer, fit: fitOf(read, own), assumptions: [] };
    }
  }
  const size = open(resolutionOf({ resolution: given ?? usual }));
  const assumed = `pictures have ${size[0]} rows and ${size[1]} columns`;
  const assumption: Assumption = { about: "resolution", assumed, option: "resolution" };
  return { importer: read(size), assumptions: given === undefined ? [assumption] : [] };
}

function preparedSize(preprocess: ReadRequest["options"]["preprocess"]): Size | undefined {
  return preprocess && [preprocess.height, preprocess.width];
}

/** The size at which the first weights see the picture. */
function entrySize(front: readonly FrontStep[]): Size | undefined {
  return front.find((step) => step.kind === "entry")?.size;
}

/** Whether a picture of this size is neither resized nor given borders. */
function leavesAlone(front: readonly FrontStep[], size: Size): boolean {
  return front.every((step) => {
    if (step.kind === "entry") return step.size.join() === size.join();
    return step.kind === "resize" && step.from.join() === step.to.join();
  });
}

/** How a graph treats a picture that is half as high: stretched, or kept with a border below. */
function fitOf(read: (size: Size) => GraphDefImport, [rows, columns]: Size): FileFacts["fit"] {
  const half: Size = [Math.ceil(rows / 2), columns];
  const steps = frontFor(read, half);
  if (steps === undefined) return undefined;
  const resize = steps.find(
    (step) => step.kind === "resize" && step.from.join() !== step.to.join(),
  );
  const border = steps.find((step) => step.kind === "pad");
  if (border?.kind === "pad" && resize === undefined && border.before === 0) {
    const [value = 0] = border.value;
    const fit: Fit = { kind: "pad", value };
    return { value: { fit, centers: centersOf(steps) }, from: "the graph's Pad behind its input" };
  }
  if (resize?.kind === "resize" && border === undefined) {
    const fit: Fit = { kind: "stretch" };
    const from = "the graph's resizing behind its input";
    return { value: { fit, centers: centersOf([resize]) }, from };
  }
  return undefined;
}

function frontFor(
  read: (size: Size) => GraphDefImport,
  size: Size,
): readonly FrontStep[] | undefined {
  try {
    return read(size).front;
  } catch (error) {
    // A graph that takes only its own size says nothing about others.
    if (error instanceof MobileNetError) return undefined;
    throw error;
  }
}

function centersOf(steps: readonly FrontStep[]): PixelCenters {
  const resize = steps.find((step) => step.kind === "resize");
  if (resize?.kind !== "resize" || resize.halfPixelCenters) return "half-pixel";
  return resize.alignCorners ? "align-corners" : "legacy";
}
