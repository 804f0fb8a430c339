/** Where the marks of an axis stand. */

/** Round numbers from at most `low` to at least `high`, four to eight of them; around one value, of its size. */
export function niceTicks(low: number, high: number): readonly number[] {
  // So near that their texts would be equal.
  if (high - low <= 1e-6 * Math.max(Math.abs(low), Math.abs(high))) {
    const reach = Math.abs(low) / 10 || 1;
    return niceTicks(low - reach, high + reach);
  }
  const rough = Math.max((high - low) / 5, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Powers of ten within bounds, with 2 and 5 between them where they are few. */
export function logTicks(low: number, high: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first <= 2 ? [1, 2, 5] : [1];
  const every = Math.ceil((last - first) / 6);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .filter((power) => (power - first) % every === 0)
    .flatMap((power) => steps.map((step) => step * 10 ** power))
    .filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** A value as an axis shows it: `0.25`, `300 M`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  const unit = [[1e9, " G"] as const, [1e6, " M"] as const, [1e4, " k"] as const].find(
    ([least]) => size >= least,
  );
  if (unit === undefined) return `${Number(value.toPrecision(6))}`;
  const [least, name] = unit;
  return `${Number((value / (least === 1e4 ? 1e3 : least)).toPrecision(6))}${name}`;
}
