/** Functions of one value, as their definitions read, in double precision. */
import type { ElementFunction } from "../../graph/ir.ts";

/** A function of a real value. */
export type RealFunction = (x: number) => number;

/** The logistic function. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** What a node of functions applies to each value. */
export function elementFunction(of: ElementFunction): RealFunction {
  const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
  switch (of.kind) {
    case "clip":
      return (x) => clip(x, of.low, of.high);
    case "hardSigmoid":
      return (x) => clip(of.slope * x + of.offset, 0, 1);
    case "hardSwish":
      return (x) => (x * clip(x + 3, 0, 6)) / 6;
    case "swish":
      return (x) => x * sigmoid(x);
    case "tanh":
      return Math.tanh;
    case "elu":
      return (x) => (x >= 0 ? x : of.alpha * Math.expm1(x));
    case "leakyRelu":
      return (x) => (x >= 0 ? x : of.slope * x);
  }
}
