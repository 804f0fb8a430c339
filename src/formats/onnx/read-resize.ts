/**
 * Resize and Upsample. The format places pixels in many ways; the positions that the file's way gives
 * for the sizes at hand are compared with those of the graph's conventions, and one that gives the same
 * is taken. Where none does, the operator is refused.
 */
import type { ResizeBilinearNode } from "../../graph/ir.ts";
import { compute } from "./compute.ts";
import type { OnnxOperation } from "./operation.ts";
import { readMap } from "./read-windows.ts";
import { channelsFirstGroups } from "./view.ts";

/** No map of this family has a longer side. */
const longest = 16_384;

type Convention = Pick<ResizeBilinearNode, "alignCorners" | "halfPixelCenters">;

const conventions: readonly Convention[] = [
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: false },
];

/** One axis of a map. */
interface Side {
  readonly from: number;
  readonly to: number;
  /** What the file says; the ratio of the sizes where it says sizes. */
  readonly scale: number;
}

/** Resize, and Upsample of old versions. */
export function onnxResize(op: OnnxOperation): void {
  const value = readMap(op, 0);
  const { dims } = value.view;
  const sides = sidesOf(op, dims);
  const mode = op.word("mode") ?? "nearest";
  // The first Resize and all Upsample have no settings for where pixels lie.
  const old = op.kind === "Upsample" || op.opset < 11;
  const placement = old
    ? "asymmetric"
    : (op.word("coordinate_transformation_mode") ?? "half_pixel");
  const rounding = old ? "floor" : (op.word("nearest_mode") ?? "round_prefer_floor");
  op.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");
  op.expect("keep_aspect_ratio_policy", "stretch");
  const [high, wide] = sides;
  const shrinks = high.to < high.from || wide.to < wide.from;
  if (op.truth("antialias") && shrinks) throw op.fault("unsupported", "antialias = 1");
  const size = [high.to, wide.to] as const;
  const linear = mode === "linear" || mode === "bilinear";
  if (!linear && mode !== "nearest") throw op.fault("unsupported", `mode ${mode}`);
  const positions = sides.map((side) => {
    const exact = Array.from({ length: side.to }, (_, i) => sourceOf(op, { placement, i, side }));
    return linear
      ? exact.map((at) => within(at, side.from))
      : exact.map((at) => rounded(op, { rounding, at, side }));
  });
  const found = conventions.find((convention) =>
    sides.every((side, axis) => {
      return positions[axis]?.every((at, i) => {
        const own = linear ? linearSource(convention, side, i) : nearestSource(convention, side, i);
        return Math.abs(at - own) <= (linear ? 1e-5 * side.from : 0);
      });
    }),
  );
  if (found === undefined) {
    throw op.fault(
      "unsupported",
      `${mode} pixels placed by ${placement}${linear ? "" : ` and ${rounding}`}`,
    );
  }
  const [n = 1, channels = 1] = dims;
  compute(op, {
    ...{ inputs: [value], groups: channelsFirstGroups, dims: [n, channels, ...size] },
    body: ([place]) => ({
      ...{ op: linear ? "resizeBilinear" : "resizeNearest", inputs: [place?.node ?? ""] },
      ...{ size, ...found },
    }),
  });
}

function sidesOf(op: OnnxOperation, dims: readonly number[]): readonly [Side, Side] {
  const first = op.kind === "Upsample" || op.opset < 11 ? 1 : 2;
  const scales = op.list("scales") ?? op.numbers(first) ?? [];
  const sizes = first === 2 ? (op.numbers(3) ?? []) : [];
  const axes = (op.list("axes") ?? [0, 1, 2, 3]).map((axis) => op.axis(axis, 4));
  const given = sizes.length > 0 ? sizes : scales;
  if (given.length !== axes.length || (sizes.length > 0 && scales.length > 0)) {
    throw op.fault("unsupported", `scales ${scales.join()} and sizes ${sizes.join()}`);
  }
  const sides = dims.map((from, axis): Side => {
    const at = axes.indexOf(axis);
    const number = at < 0 ? undefined : given[at];
    if (number === undefined) return { from, to: from, scale: 1 };
    if (sizes.length > 0) return { from, to: number, scale: number / from };
    // What a product of single precision lacks to a whole number is rounding.
    return { from, to: Math.floor(from * number + 1e-4), scale: number };
  });
  const [images, channels, rows, columns] = sides;
  const sound = [rows, columns].every((side) => side && side.to >= 1 && side.to <= longest);
  const same = [images, channels].every((side) => side?.from === side?.to);
  if (!sound || !same || rows === undefined || columns === undefined) {
    throw op.fault(
      "unsupported",
      `${dims.join("×")} becomes ${sides.map(({ to }) => to).join("×")}`,
    );
  }
  return [rows, columns];
}

/** The position in the input of an output's pixel. */
function sourceOf(
  op: OnnxOperation,
  {
    placement,
    i,
    side: { from, to, scale },
  }: {
    readonly placement: string;
    readonly i: number;
    readonly side: Side;
  },
): number {
  switch (placement) {
    case "half_pixel":
      return (i + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      // With a fraction of a pixel left over, engines place the last one differently.
      if (Math.abs(from * scale - to) > 1e-3) {
        throw op.fault("unsupported", `a scale of ${scale} for ${from} pixels, corners aligned`);
      }
      return to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    case "asymmetric":
      return i / scale;
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale;
    case "half_pixel_symmetric": {
      const exact = from * scale;
      return (from / 2) * (1 - to / exact) + (i + 0.5) / scale - 0.5;
    }
    default:
      throw op.fault("unsupported", `coordinate_transformation_mode = ${placement}`);
  }
}

const within = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1);

function rounded(
  op: OnnxOperation,
  { rounding, at, side }: { readonly rounding: string; readonly at: number; readonly side: Side },
): number {
  // A quotient of single precision may miss a whole or half number by rounding.
  const near = Math.round(at * 2) / 2;
  const exact = Math.abs(at - near) < 1e-5 ? near : at;
  const rules: Readonly<Record<string, number>> = {
    round_prefer_floor: Math.ceil(exact - 0.5),
    round_prefer_ceil: Math.floor(exact + 0.5),
    floor: Math.floor(exact),
    ceil: Math.ceil(exact),
  };
  const found = rules[rounding];
  if (found === undefined) throw op.fault("unsupported", `nearest_mode = ${rounding}`);
  return within(found, side.from);
}

/** As the graph's own convention has it. */
function linearSource(
  { alignCorners, halfPixelCenters }: Convention,
  { from, to }: Side,
  i: number,
): number {
  if (alignCorners && to > 1) return (i * (from - 1)) / (to - 1);
  return within(halfPixelCenters ? ((i + 0.5) * from) / to - 0.5 : (i * from) / to, from);
}

function nearestSource(
  { alignCorners, halfPixelCenters }: Convention,
  { from, to }: Side,
  i: number,
): number {
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const at = (halfPixelCenters ? i + 0.5 : i) * scale;
  return within(Math.floor(alignCorners ? at + 0.5 : at), from);
}
