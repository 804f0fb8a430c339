/** Markdown as the report needs it: tables, pictures, numbers with no more digits than they have to say. */

/** A table; so many first columns stand to the left, the others to the right. */
export function markdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  left = 1,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const marks = headings.map((_, i) => (i < left ? "---" : "---:"));
  return [line(headings), line(marks), ...rows.map(line)].join("\n");
}

/** A figure of an experiment: `figure("manifold", "points", "…")` shows `manifold-points.svg`. */
export function figure(experiment: string, name: string, words: string): string {
  return `![${words}](${experiment}-${name}.svg)`;
}

/** A share from 0 to 1 in percent, `18.75 %`; what is not 0 never looks like 0. */
export function percentText(share: number, digits = 1): string {
  if (share === 0) return "0";
  const least = 10 ** -digits / 2;
  if (share > 0 && share * 100 < least) {
    const [digit, power] = (share * 100).toExponential(0).split("e");
    return `${digit}·10${superscript(Number(power))} %`;
  }
  return `${(share * 100).toFixed(digits)} %`;
}

function superscript(power: number): string {
  return Array.from(`${power}`, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join(
    "",
  );
}

/** How long something took: `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
