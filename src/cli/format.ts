/**
 * Numbers as people read them: thousands separators, percentages, decimal units.
 */

/** A whole number with separators: `3,504,872`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fraction from 0 to 1 as a percentage: `97.1 %`; what is not 0 never looks like 0. */
export function formatPercent(fraction: number): string {
  if (fraction > 0 && fraction < 0.0005) return "< 0.1 %";
  return `${(fraction * 100).toFixed(1)} %`;
}

/** Bytes in decimal units with three figures: `812 B`, `17.9 MB`. */
export function formatBytes(bytes: number): string {
  return `${scaled(bytes, ["", "k", "M", "G", "T"])}B`;
}

/** A large count with three figures: `301 M`, `3.50 M`. */
export function formatLarge(value: number): string {
  return scaled(value, ["", "k", "M", "G", "T"]).trimEnd();
}

function scaled(value: number, units: readonly string[]): string {
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const figures = unit === 0 ? `${Math.round(value)}` : value.toPrecision(3);
  return `${figures} ${units[unit]}`;
}

/** `1 image`, `2 images`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
