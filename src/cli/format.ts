/**
 * Numbers as people read them: thousands separators, percentages, decimal units.
 */

export { formatBytes, formatLarge } from "../scaled-number.ts";

/** A whole number with separators: `3,504,872`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fraction from 0 to 1 as a percentage: `97.1 %`; what is not 0 never looks like 0. */
export function formatPercent(fraction: number): string {
  if (fraction > 0 && fraction < 0.0005) return "< 0.1 %";
  return `${(fraction * 100).toFixed(1)} %`;
}

/** `1 image`, `2 images`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
