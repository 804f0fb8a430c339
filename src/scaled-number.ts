/** Large numbers as people read them: three figures and a unit. */

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
