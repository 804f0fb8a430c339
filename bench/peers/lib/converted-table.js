/** Converted files as rows of a table, and which of them lie beyond their tolerance. */

/** Of real numbers, relative to the largest value of their output; of probabilities as they are. */
const mostDifference = 1e-5;

/** Of 8 bits, in steps of the output's scale; of each operation by itself where those add up. */
const mostSteps = 1;

/**
 * The share of pixels where two classes tie but for rounding. A class changes only where its lead is less
 * than twice the difference of the logits: where steps have added up, more pixels are so close.
 */
const mostPixels = { usual: 1e-3, addedUp: 1e-2 };

export const head = [
  ...["model", "file", "MB", "ours to the model", "answers alike"],
  ...["engine", "theirs to ours", "answers alike"],
];

export function cellsOf(row) {
  const { model, to, precision, bytes, task, ours, engine, theirs, operations, errors } = row;
  const each =
    operations?.differences.length === 0 ? `, 1 in each of ${operations.count} operations` : "";
  return [
    ...[model, `${to} ${precision}`, (bytes / 1e6).toFixed(2)],
    ...[differenceOf(ours), alikeOf(ours, task)],
    ...(theirs === undefined
      ? ["none", errors.join("; "), ""]
      : [engine, `${differenceOf(theirs)}${each}`, alikeOf(theirs, task)]),
  ];
}

/** Whether either side gives something else; a file in another precision than the model may do so here. */
export function isBeyond({ isExact, task, ours, theirs, operations }) {
  if (theirs === undefined || (isExact && isApart(ours, task))) return true;
  if (operations === undefined) return isApart(theirs, task);
  const pixels = mostPixels.addedUp;
  return (
    operations.differences.length > 0 || isApart({ ...theirs, steps: mostSteps }, task, pixels)
  );
}

function isApart({ difference, steps, alike, count }, task, pixels = mostPixels.usual) {
  const far = steps === undefined ? !(difference <= mostDifference) : steps > mostSteps;
  return far || count - alike > (task === "segment" ? pixels * count : 0);
}

function differenceOf({ difference, steps }) {
  if (steps !== undefined) return steps === 1 ? "1 step" : `${steps} steps`;
  return difference === 0 ? "0" : difference.toExponential(1);
}

function alikeOf({ alike, count }, task) {
  if (task !== "segment" || alike === count)
    return task === "segment" ? "all" : `${alike}/${count}`;
  return `${(Math.floor((1e4 * alike) / count) / 100).toFixed(2)} %`;
}
